import type { KubeObject } from '@stageset/k8s';
import type { WriteRequest } from './write-request.ts';
import type { Writing } from './writing.ts';

/** One object on its way into the storage. */
export interface Change {
  readonly operation: 'create' | 'update' | 'delete';
  /** What is about to be stored or, on delete, removed. */
  readonly object: KubeObject;
  /** What is stored now. */
  readonly old: KubeObject | undefined;
}

export interface MutableChange extends Change {
  /** Fields of the metadata that the object has here already, and elsewhere only when it is stored. */
  readonly unseen: readonly string[];
  /** The object again, after it was changed: with defaults, and with what nobody may change as it was. */
  readonly settled: (object: KubeObject) => KubeObject;
}

/** Whoever else has a say in what is stored. Writes of the process itself do not pass. */
export interface Gate {
  /** Whether anybody would be asked about such a request. */
  isAsked(request: WriteRequest): boolean;
  mutate(request: WriteRequest, change: MutableChange): Writing<KubeObject>;
  /** @throws what somebody refuses with. */
  validate(request: WriteRequest, change: Change): Writing<void>;
}
