import { ApiError, type KubeObject, type ObjectRef } from '@stageset/k8s';
import type { Fields } from '../../builtin/fields.ts';
import type { Registry } from '../../registry/registry.ts';
import { isoSeconds } from '../world.ts';
import { type Correlated, EventCorrelation } from './correlation.ts';

/** What a simulated component says of an object. */
export interface Note {
  readonly type?: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Part of the object: `spec.containers{main}`. */
  readonly fieldPath?: string;
}

/** Who says it. */
export interface Source {
  readonly component: string;
  /** The node of a kubelet. */
  readonly host?: string;
}

/** Objects that have no namespace have their events in this one. */
const DEFAULT_NAMESPACE = 'default';
/** Events of one millisecond get names of their own by counting nanoseconds. */
const NANOS_PER_MS = 1_000_000;

/**
 * Writes events about objects as the components of Kubernetes do: with counts, combined when they are many, and not at
 * all when they are too many. An event that the API refuses (its namespace is ending) is lost, as everywhere.
 */
export class EventRecorder {
  readonly #registry: Registry;
  readonly #correlation = new EventCorrelation();
  #sequence = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  record(source: Source, about: KubeObject, note: Note): void {
    const { component, host = '' } = source;
    const { type = 'Normal', reason, message, fieldPath = '' } = note;
    const { kind, metadata } = about;
    const correlated = this.#correlation.observe(
      {
        source: [component, host, kind, metadata.namespace ?? '', metadata.name, metadata.uid ?? ''].join('\n'),
        fieldPath,
        type,
        reason,
        message,
      },
      this.#registry.clock.now(),
    );
    if (correlated.kind === 'dropped') return;
    const nowIso = isoSeconds(this.#registry.clock.now());
    if (correlated.kind === 'again' && this.#repeat(source, about, correlated, nowIso)) return;
    const name = this.#name(metadata.name);
    this.#write({
      ...eventOf(name, about, fieldPath),
      type,
      reason,
      message: correlated.message,
      source: { component, ...(host === '' ? {} : { host }) },
      firstTimestamp: nowIso,
      lastTimestamp: nowIso,
      count: 1,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: host,
    });
    this.#correlation.written(correlated.key, name);
  }

  /** The scheduler speaks the newer dialect: an instant instead of a count. */
  schedule(pod: KubeObject, note: Note & { readonly action: 'Binding' | 'Scheduling' }): void {
    const { type = 'Normal', reason, message, action } = note;
    this.#write({
      ...eventOf(this.#name(pod.metadata.name), pod, ''),
      type,
      reason,
      message,
      action,
      source: {},
      eventTime: `${new Date(this.#registry.clock.now()).toISOString().slice(0, -1)}000Z`,
      firstTimestamp: null,
      lastTimestamp: null,
      reportingComponent: 'default-scheduler',
      reportingInstance: 'default-scheduler-local',
    });
  }

  /** Counts an event that is there. False when somebody has taken it away. */
  #repeat(source: Source, about: KubeObject, again: Correlated & { kind: 'again' }, nowIso: string): boolean {
    const namespace = about.metadata.namespace ?? DEFAULT_NAMESPACE;
    const ref: ObjectRef = { apiVersion: 'v1', kind: 'Event', namespace, name: again.name };
    if (this.#registry.get(ref) === undefined) return false;
    const patch = { count: again.count, lastTimestamp: nowIso, message: again.message };
    this.#registry.patch(ref, { type: 'merge', patch }, { fieldManager: source.component });
    return true;
  }

  #name(about: string): string {
    this.#sequence = (this.#sequence + 1) % NANOS_PER_MS;
    const nanos = BigInt(Math.trunc(this.#registry.clock.now())) * BigInt(NANOS_PER_MS) + BigInt(this.#sequence);
    return `${about}.${nanos.toString(16)}`;
  }

  #write(event: KubeObject): void {
    try {
      this.#registry.create(event, { fieldManager: String(event['reportingComponent']) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

function eventOf(name: string, about: KubeObject, fieldPath: string): KubeObject {
  const { apiVersion, kind, metadata } = about;
  const { namespace, uid, resourceVersion } = metadata;
  const involvedObject: Fields = {
    apiVersion,
    kind,
    name: metadata.name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(fieldPath === '' ? {} : { fieldPath }),
  };
  const place = namespace ?? DEFAULT_NAMESPACE;
  return { apiVersion: 'v1', kind: 'Event', metadata: { name, namespace: place }, involvedObject };
}
