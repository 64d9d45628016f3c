import type { JsonPath } from '@stageset/k8s';
import type { StageSetSpec } from '../../kinds.ts';
import type { Remark } from '../findings.ts';
import type { Loose } from '../loose.ts';

export type LooseSpec = Loose<StageSetSpec>;

/**
 * Says that something is wrong at a field. What follows from the absence of other fields names them in `lacking`: it is
 * kept quiet where one of them is there, but unusable, which has been said already.
 */
export type Report = (at: JsonPath, remark: Remark, lacking?: readonly JsonPath[]) => void;

/**
 * A check of how fields go together, which no schema can express. `namespace` and `name` are those of the StageSet, where
 * it says.
 */
export type Rule = (spec: LooseSpec, report: Report, namespace: string | undefined, name: string | undefined) => void;

/** The items that are usable, with their index. */
export function* each<Item>(items: readonly (Item | undefined)[] | undefined): Iterable<readonly [number, Item]> {
  for (const [i, item] of (items ?? []).entries()) if (item !== undefined) yield [i, item];
}

/** Reports unless exactly one of the fields is set. Returns whether that is so. */
export function exactlyOne<Value extends object>(
  value: Value,
  names: readonly (keyof Value & string)[],
  at: JsonPath,
  report: Report,
): boolean {
  const set = names.filter((name) => value[name] !== undefined);
  if (set.length === 1) return true;
  const message =
    set.length === 0 ? `sets none of ${names.join(', ')}` : `sets ${set.join(' and ')}, which exclude each other`;
  const lacking = names.map((name) => [...at, name]);
  report(at, { message, fix: `set exactly one of ${names.join(', ')}` }, lacking);
  return false;
}
