import { ApiError, type KubeObject, type ObjectRef } from '@stageset/k8s';
import type { Clock } from '@stageset/ports';
import type { RegistryEvent } from '../registry/registry.ts';
import { keyOf, kindKey } from './world.ts';

/** Brings one kind of thing to where it should be, object by object. */
export interface Controller {
  readonly name: string;
  /** Kinds whose changes matter: `Deployment`; every kind if left out. */
  readonly kinds?: readonly string[];
  /** Objects to look at because of a change. */
  readonly concerns: (event: RegistryEvent) => Iterable<ObjectRef>;
  /**
   * Looks at one object as it is now, which may be gone, and does what can be done at once.
   * @returns in how many milliseconds to look again although nothing changes; `undefined` for never.
   */
  readonly reconcile: (ref: ObjectRef) => number | undefined;
}

/** Called with what a controller threw that no API server would have answered: a fault of the simulation. */
export type FaultListener = (fault: unknown, controller: string, ref: ObjectRef) => void;

/**
 * The objects one controller has to look at. Changes gather for a moment and are then worked off in the order they came.
 * There is a timer only while something waits.
 */
export class WorkQueue {
  readonly #controller: Controller;
  readonly #clock: Clock;
  readonly #reactionMs: number;
  readonly #onFault: FaultListener;
  readonly #due = new Map<string, ObjectRef>();
  readonly #later = new Map<string, () => void>();
  #cancel: (() => void) | undefined;

  constructor(controller: Controller, clock: Clock, reactionMs: number, onFault: FaultListener) {
    this.#controller = controller;
    this.#clock = clock;
    this.#reactionMs = reactionMs;
    this.#onFault = onFault;
  }

  add(ref: ObjectRef): void {
    this.#due.set(keyOf(ref), ref);
    this.#cancel ??= this.#clock.schedule(this.#reactionMs, () => this.#work());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const cancel of this.#later.values()) cancel();
    this.#later.clear();
    this.#due.clear();
  }

  #work(): void {
    this.#cancel = undefined;
    const refs = [...this.#due];
    this.#due.clear();
    for (const [key, ref] of refs) this.#look(key, ref);
  }

  #look(key: string, ref: ObjectRef): void {
    this.#later.get(key)?.();
    this.#later.delete(key);
    try {
      const againMs = this.#controller.reconcile(ref);
      if (againMs !== undefined) this.#lookLater(key, ref, againMs);
    } catch (fault) {
      // A refusal (a namespace that ends, an invalid template) stands until something changes.
      if (!(fault instanceof ApiError)) this.#onFault(fault, this.#controller.name, ref);
    }
  }

  #lookLater(key: string, ref: ObjectRef, delayMs: number): void {
    const cancel = this.#clock.schedule(Math.max(1, delayMs), () => {
      this.#later.delete(key);
      this.add(ref);
    });
    this.#later.set(key, cancel);
  }
}

/** The object that controls this one, if it is of the kind; what controllers of owners listen for. */
export function* controllerRef(object: KubeObject, kind: string): Generator<ObjectRef> {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller === true && kindKey(one) === kind);
  const { namespace } = object.metadata;
  if (owner === undefined || namespace === undefined) return;
  yield { apiVersion: owner.apiVersion, kind, namespace, name: owner.name };
}
