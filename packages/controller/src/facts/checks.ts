import type { ReadyChecks, Stage } from '@stageset/api';
import { Budget, DEFAULT_COST_LIMIT } from '@stageset/cel';
import { type CheckFacts, entryId, type Judgement, judge, type ObjectFacts } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import type { NamedObject, NamedObjects, Reader } from './named-objects.ts';
import { healthOf } from './observe.ts';
import type { WorkloadPods } from './workload-pods.ts';

type Expressions = NonNullable<ReadyChecks['exprs']>;

/** What expressions have said of an object, kept while neither has changed. */
const JUDGED = new WeakMap<KubeObject, { readonly by: string; readonly judgement: Judgement | undefined }>();

/** Asks the expressions of one stage about its objects, all of them within one budget. */
export class Judge {
  readonly #expressions: Expressions;
  readonly #by: string;
  readonly #budget = new Budget(DEFAULT_COST_LIMIT);

  constructor({ readyChecks }: Stage) {
    this.#expressions = readyChecks?.exprs ?? [];
    this.#by = JSON.stringify(this.#expressions);
  }

  /** Whether the stage has no expressions. */
  get isIdle(): boolean {
    return this.#expressions.length === 0;
  }

  /** `{}` when no expression is about the object, or there is none. */
  of(object: KubeObject | undefined): { readonly judgement?: Judgement } {
    if (object === undefined || this.isIdle) return {};
    const known = JUDGED.get(object);
    if (known?.by === this.#by) return told(known.judgement);
    const judgement = judge(this.#expressions, object, this.#budget);
    // What was not answered for want of budget may be answered the next time.
    if (this.#budget.spent <= this.#budget.limit) JUDGED.set(object, { by: this.#by, judgement });
    return told(judgement);
  }
}

function told(judgement: Judgement | undefined): { readonly judgement?: Judgement } {
  return judgement === undefined ? {} : { judgement };
}

export interface CheckContext {
  readonly stage: Stage;
  /** Of the StageSet. */
  readonly namespace: string;
  readonly nowMs: number;
  readonly judge: Judge;
  /** What the stage applies itself. */
  readonly objects: readonly ObjectFacts[];
  readonly reader: Reader;
  readonly pods: WorkloadPods;
  /** Takes what would change the answer. */
  readonly interests: Set<string>;
}

/** What `readyChecks.checks` of a stage name, as it is now. What the stage applies itself is not read a second time. */
export async function readChecks(
  named: NamedObjects,
  context: CheckContext,
  signal: AbortSignal,
): Promise<CheckFacts[]> {
  const { stage, namespace, objects, reader, interests } = context;
  const own = new Map(objects.map((object) => [object.desired.id, object]));
  const facts: CheckFacts[] = [];
  for (const check of stage.readyChecks?.checks ?? []) {
    const { kind, name } = check;
    const apiVersion = check.apiVersion || 'v1';
    const candidate = { apiVersion, kind, name, namespace: check.namespace || namespace };
    const applied = own.get(entryId(candidate)) ?? own.get(entryId({ apiVersion, kind, name }));
    if (applied !== undefined) {
      facts.push({ ref: applied.desired.ref, state: 'read', health: applied.health });
      continue;
    }
    facts.push(factsOf(await named.read(candidate, reader, interests, signal), context));
  }
  return facts;
}

function factsOf(named: NamedObject, { nowMs, judge, pods, reader, interests }: CheckContext): CheckFacts {
  const { ref, state } = named;
  switch (state) {
    case 'syncing':
      return { ref, state: 'unsynced', health: { status: 'Unknown', message: 'it is being read' } };
    case 'denied':
    case 'unknown-kind':
      return { ref, state, health: { status: 'Unknown', message: named.message } };
    case 'read': {
      const { object } = named;
      if (object === undefined) return { ref, state, health: { status: 'NotFound', message: 'it does not exist' } };
      const health = pods.healthOf(object, healthOf(object, nowMs), reader, interests);
      return { ref, state, health, ...judge.of(object) };
    }
  }
}
