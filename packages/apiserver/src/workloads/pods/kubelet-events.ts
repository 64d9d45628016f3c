import type { KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, textAt } from '../../builtin/fields.ts';
import type { EventRecorder, Note } from '../events/recorder.ts';
import { pullFailure } from './pod-status.ts';

/** So many images are remembered as being on their nodes. */
const MOST_IMAGES = 10_000;

/** What the kubelets say of pods. */
export class KubeletEvents {
  readonly #events: EventRecorder;
  /** `NODE IMAGE` of what has been pulled. */
  readonly #pulled = new Set<string>();

  constructor(events: EventRecorder) {
    this.#events = events;
  }

  started(pod: KubeObject, isFirstStart: boolean): void {
    const lists = isFirstStart ? (['initContainers', 'containers'] as const) : (['containers'] as const);
    for (const list of lists) {
      for (const container of listAt(fieldsAt(pod, 'spec'), list)) {
        const fieldPath = pathOf(list, container);
        this.#pull(pod, container, fieldPath);
        this.#say(pod, { reason: 'Created', message: 'Container created', fieldPath });
        this.#say(pod, { reason: 'Started', message: 'Container started', fieldPath });
      }
    }
  }

  pullFailed(pod: KubeObject): void {
    this.#eachContainer(pod, (image, fieldPath) => {
      const quoted = JSON.stringify(image);
      const failed = `Failed to pull image ${quoted}: ${pullFailure(image)}`;
      this.#say(pod, { reason: 'Pulling', message: `Pulling image ${quoted}`, fieldPath });
      this.#say(pod, { type: 'Warning', reason: 'Failed', message: failed, fieldPath });
      this.#say(pod, { type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull', fieldPath });
    });
  }

  pullWaits(pod: KubeObject): void {
    this.#eachContainer(pod, (image, fieldPath) => {
      this.#say(pod, { reason: 'BackOff', message: `Back-off pulling image ${JSON.stringify(image)}`, fieldPath });
      this.#say(pod, { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff', fieldPath });
    });
  }

  unready(pod: KubeObject): void {
    const message = 'Readiness probe failed: simulated';
    this.#eachContainer(pod, (_image, fieldPath) =>
      this.#say(pod, { type: 'Warning', reason: 'Unhealthy', message, fieldPath }),
    );
  }

  notAlive(pod: KubeObject): void {
    const message = 'Liveness probe failed: simulated';
    this.#eachContainer(pod, (_image, fieldPath, name) => {
      this.#say(pod, { type: 'Warning', reason: 'Unhealthy', message, fieldPath });
      const killing = `Container ${name} failed liveness probe, will be restarted`;
      this.#say(pod, { reason: 'Killing', message: killing, fieldPath });
    });
  }

  backsOff(pod: KubeObject): void {
    const { name, namespace, uid } = pod.metadata;
    this.#eachContainer(pod, (_image, fieldPath, container) => {
      const message = `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`;
      this.#say(pod, { type: 'Warning', reason: 'BackOff', message, fieldPath });
    });
  }

  stopping(pod: KubeObject): void {
    this.#eachContainer(pod, (_image, fieldPath, name) =>
      this.#say(pod, { reason: 'Killing', message: `Stopping container ${name}`, fieldPath }),
    );
  }

  #pull(pod: KubeObject, container: Fields, fieldPath: string): void {
    const image = textAt(container, 'image') ?? '';
    const quoted = JSON.stringify(image);
    const key = `${nodeOf(pod)} ${image}`;
    if (this.#pulled.has(key) && container['imagePullPolicy'] !== 'Always') {
      const message = `Container image ${quoted} already present on machine and can be accessed by the pod`;
      this.#say(pod, { reason: 'Pulled', message, fieldPath });
      return;
    }
    if (this.#pulled.size >= MOST_IMAGES) this.#pulled.clear();
    this.#pulled.add(key);
    this.#say(pod, { reason: 'Pulling', message: `Pulling image ${quoted}`, fieldPath });
    const message = `Successfully pulled image ${quoted} in 1ms (1ms including waiting). Image size: 0 bytes.`;
    this.#say(pod, { reason: 'Pulled', message, fieldPath });
  }

  #eachContainer(pod: KubeObject, say: (image: string, fieldPath: string, name: string) => void): void {
    for (const container of listAt(fieldsAt(pod, 'spec'), 'containers')) {
      say(textAt(container, 'image') ?? '', pathOf('containers', container), String(container['name']));
    }
  }

  #say(pod: KubeObject, note: Note): void {
    this.#events.record({ component: 'kubelet', host: nodeOf(pod) }, pod, note);
  }
}

function nodeOf(pod: KubeObject): string {
  return textAt(fieldsAt(pod, 'spec'), 'nodeName') ?? '';
}

function pathOf(list: string, container: Fields): string {
  return `spec.${list}{${String(container['name'])}}`;
}
