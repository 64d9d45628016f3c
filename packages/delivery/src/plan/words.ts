import { formatRef, type ObjectRef } from '@stageset/k8s';

const NAMED = 3;

/** `Deployment prod/web, Service prod/web, ConfigMap prod/a and 4 more`. */
export function nameSome(refs: readonly ObjectRef[], named = NAMED): string {
  const names = refs.slice(0, named).map(formatRef);
  const rest = refs.length - names.length;
  return rest > 0 ? `${names.join(', ')} and ${rest} more` : names.join(', ');
}

/** `1 object`, `2 objects`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
