import type { KubeObject, Schema } from '@stageset/k8s';
import type { PlayedStep } from './play.ts';

type Values = Record<string, unknown>;

/** Answers of a real server, kept so that unit tests need none. */
export interface GoldenFile {
  readonly schema: Schema;
  readonly empty: Values | null;
  readonly cases: readonly GoldenCase[];
}

export interface GoldenCase {
  readonly name: string;
  readonly request: Values;
  /** The object as the server stored it; absent when it refused. */
  readonly stored?: KubeObject;
  /** The merged object before defaults; what the server made of it was found to be the same. */
  readonly merged?: Values;
  readonly failure?: unknown;
}

/** Collects a few steps of each sort. */
export class GoldenCollection {
  private readonly steps = new Map<string, PlayedStep[]>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  add(step: PlayedStep): void {
    if (step.outcome.stored === undefined && step.outcome.failure === undefined) return;
    const sort = sortOf(step);
    const same = this.steps.get(sort) ?? [];
    if (same.length < this.most) this.steps.set(sort, [...same, step]);
  }

  /** One file per kind, its schema cut down to what its cases use. */
  files(): ReadonlyMap<string, GoldenFile> {
    const byKind = new Map<
      string,
      { readonly schema: Schema; readonly empty: Values | null; readonly cases: GoldenCase[] }
    >();
    for (const [sort, steps] of [...this.steps].sort()) {
      for (const [i, step] of steps.entries()) {
        const { schema, empty, ...request } = step.request as { schema: Schema; empty?: Values };
        const file = byKind.get(step.kind) ?? { schema, empty: empty ?? null, cases: [] };
        byKind.set(step.kind, file);
        file.cases.push({ name: `${sort} #${i + 1}`, request, ...step.outcome });
      }
    }
    return new Map(
      [...byKind].map(([kind, { schema, empty, cases }]) => {
        const objects = cases.flatMap(({ request }) => [request['live'], request['applied'], request['updated']]);
        return [kind, { schema: cutDown(schema, [...objects, empty]), empty, cases }];
      }),
    );
  }
}

/** What a step is an example of: the write, its outcome, and the rules of ownership that its answer shows. */
function sortOf({ what, request, outcome }: PlayedStep): string {
  const live = request['live'] as KubeObject | undefined;
  const before = live?.metadata.managedFields ?? [];
  const after = outcome.stored?.metadata.managedFields ?? [];
  const failure = outcome.failure as { readonly code: number; readonly message: string } | undefined;
  const marks = [
    live === undefined ? 'create' : '',
    failure === undefined
      ? ''
      : `${failure.code} ${/(expected \w+|duplicate|declared|omits|element \d+: .{20})/.exec(failure.message)?.[0] ?? ''}`,
    request['force'] === true ? 'forced' : '',
    request['subresource'] === undefined ? '' : String(request['subresource']),
    failure === undefined && after.length > before.length ? 'owner added' : '',
    failure === undefined && after.length < before.length ? 'owner dropped' : '',
    live !== undefined && before.length === 0 ? 'untracked' : '',
    after.some(({ manager }) => manager === 'ancient-changes') ? 'ancient' : '',
    /last-applied/.test(JSON.stringify(live?.metadata.annotations ?? {})) ? 'annotated' : '',
  ];
  return [what, ...marks.filter((mark) => mark !== '')].join(', ').trim();
}

/** The schema without the fields that none of the values has. A map keeps one, since without any it would be open. */
function cutDown(schema: Schema, values: readonly unknown[]): Schema {
  const { description: _, properties, items, additionalProperties, ...rest } = schema;
  const maps = values.filter(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  ) as Values[];
  const lists = values.filter(Array.isArray).flat() as unknown[];
  const entries = Object.entries(properties ?? {});
  const used = entries.filter(([key]) => maps.some((map) => Object.hasOwn(map, key)));
  const kept = used.length === 0 ? entries.slice(0, 1) : used;
  return {
    ...rest,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            kept.map(([key, field]) => [
              key,
              cutDown(
                field,
                maps.map((map) => map[key]),
              ),
            ]),
          ),
        }),
    ...(items === undefined ? {} : { items: cutDown(items, lists) }),
    ...(typeof additionalProperties === 'object'
      ? {
          additionalProperties: cutDown(
            additionalProperties,
            maps.flatMap((map) => Object.values(map)),
          ),
        }
      : {}),
  };
}
