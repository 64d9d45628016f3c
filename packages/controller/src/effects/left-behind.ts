import type { StageSet } from '@stageset/api';
import { LABELS } from '@stageset/api';
import { count, type Leftover, nameSome } from '@stageset/delivery';
import { describeLocation } from '../tenancy/kube-config.ts';

interface Left {
  readonly at: string | undefined;
  readonly left: readonly Leftover[];
}

/** What is still on a cluster that is not delivered to any more, why, and how to remove it. */
export function leftBehind(stageSet: StageSet, { at, left }: Left): string {
  return `${told(stageSet, { at, left })}; it is given up and recorded no longer, remove it there with: ${removal(stageSet, left)}`;
}

/** The same while it is still tried. */
export function heldElsewhere(stageSet: StageSet, { at, left, untilMs }: Left & { readonly untilMs: number }): string {
  const until = new Date(untilMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${told(stageSet, { at, left })}; it is tried until ${until} and then left behind`;
}

function told({ metadata }: StageSet, { at, left }: Left): string {
  const where = describeLocation(at, metadata.namespace ?? '');
  const why = [...new Set(left.flatMap((leftover) => leftover.why ?? []))].slice(0, 2).join('; ');
  const named = nameSome(left.map(({ ref }) => ref));
  return `${count(left.length, 'object')} that earlier releases delivered to ${where} cannot be removed: ${named}${why === '' ? '' : ` (${why})`}`;
}

const KINDS_NAMED = 8;

/** A kubectl command that removes them, whatever they are. */
function removal({ metadata }: StageSet, left: readonly Leftover[]): string {
  const kinds = [
    ...new Set(
      left.map(({ ref: { apiVersion, kind } }) => {
        const [version = '', group] = apiVersion.split('/').reverse();
        return group === undefined ? kind.toLowerCase() : `${kind.toLowerCase()}.${version}.${group}`;
      }),
    ),
  ];
  const rest = kinds.length > KINDS_NAMED ? ',…' : '';
  const selector = `${LABELS.name}=${metadata.name},${LABELS.namespace}=${metadata.namespace ?? ''}`;
  return `kubectl delete ${kinds.slice(0, KINDS_NAMED).join(',')}${rest} --all-namespaces -l ${selector}`;
}
