import { API_VERSION, EVENT_REPORTER } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import type { Clock, Cluster } from '@stageset/ports';
import type { Logger } from '../logging/logger.ts';

/** Events that are on their way at most; more are dropped, and the drop is logged. */
const MAX_PENDING = 1000;
/** The API takes no longer note. */
const MAX_NOTE_LENGTH = 1024;

export interface EventParts {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
}

/** What an event is about: a StageSet or its StageLedger, parsed or not. */
type EventSubject = Pick<KubeObject, 'kind' | 'metadata'>;

interface Parts {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Who reports: the pod, or the host. */
  readonly instance: string;
}

/**
 * Writes events (events.k8s.io/v1) beside the work: an event never holds a pass up and never fails one. `settled` waits
 * for those that are on their way.
 */
export class EventRecorder {
  readonly #parts: Parts;
  readonly #pending = new Set<Promise<void>>();
  /** Tells apart the events of one instant. */
  #sequence = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `about` is a StageSet, or its StageLedger. */
  record(about: EventSubject, event: EventParts): void {
    if (this.#pending.size >= MAX_PENDING) {
      this.#parts.logger.warn('event dropped: too many are on their way', { reason: event.reason });
      return;
    }
    const sent = this.#send(about, event).catch((error: unknown) => {
      this.#parts.logger.warn('event not written', { reason: event.reason, error: String(error) });
    });
    this.#pending.add(sent);
    void sent.then(() => this.#pending.delete(sent));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #send({ metadata, kind }: EventSubject, { type, reason, note }: EventParts): Promise<void> {
    const { cluster, clock, random, instance } = this.#parts;
    const nowMs = clock.now();
    this.#sequence += 1;
    const salt = Math.floor(random() * 0xffffff).toString(16);
    const unique = `${nowMs.toString(16)}${salt}${this.#sequence.toString(16)}`;
    await cluster.create({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${metadata.name}.${unique}`.slice(-253), namespace: metadata.namespace ?? 'default' },
      eventTime: new Date(nowMs).toISOString().replace(/Z$/, '000Z'),
      type,
      reason,
      action: reason,
      note: note.length <= MAX_NOTE_LENGTH ? note : `${note.slice(0, MAX_NOTE_LENGTH - 3)}...`,
      reportingController: EVENT_REPORTER,
      reportingInstance: instance,
      regarding: {
        apiVersion: API_VERSION,
        kind,
        name: metadata.name,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
        ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
      },
    });
  }
}
