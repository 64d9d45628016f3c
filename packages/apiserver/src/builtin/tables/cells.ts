import { formatLabelSelector, type KubeObject, labelSelectorOf } from '@stageset/k8s';
import { shortAge, shortDuration } from '../../table/age.ts';
import { type Fields, fieldsAt, isFields, listAt, textAt } from '../fields.ts';

export const NONE = '<none>';
export const UNSET = '<unset>';
export const UNKNOWN = '<unknown>';

/** One kind's cells, in the order of its columns. */
export type Row = (object: KubeObject, now: number) => readonly unknown[];

export function age(object: KubeObject, now: number): string {
  return since(object.metadata.creationTimestamp, now);
}

/** How long ago a time was that may be missing. */
export function since(time: unknown, now: number): string {
  return shortAge(typeof time === 'string' ? time : undefined, now);
}

/** How long something took, or takes still. */
export function duration(from: unknown, to: unknown, now: number): string {
  if (typeof from !== 'string') return '';
  return shortDuration((typeof to === 'string' ? Date.parse(to) : now) - Date.parse(from));
}

/** Names and images of a template's containers. */
export function containers(podSpec: Fields): readonly [names: string, images: string] {
  const list = listAt(podSpec, 'containers');
  return [list.map(({ name }) => name).join(','), list.map(({ image }) => image).join(',')];
}

/** A label selector as people write it; `<none>` when it selects nothing. */
export function selectorText(selector: unknown): string {
  if (!isFields(selector)) return NONE;
  const text = formatLabelSelector(labelSelectorOf(selector));
  return text === '' ? NONE : text;
}

/** Labels as people write them, in the order of their keys. */
export function labelsText(labels: Fields): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return pairs.length === 0 ? NONE : pairs.toSorted().join(',');
}

/** The first few of a list, and how many more there are. */
export function someOf(list: readonly unknown[], total = list.length): string {
  const most = 3;
  const shown = list.slice(0, most).join(',');
  return list.length > most ? `${shown} + ${total - most} more...` : shown;
}

export function count(value: unknown): number {
  return Array.isArray(value) ? value.length : isFields(value) ? Object.keys(value).length : 0;
}

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

export function accessModes(value: unknown): string {
  const given = Array.isArray(value) ? value : [];
  return Object.entries(MODES)
    .flatMap(([mode, short]) => (given.includes(mode) ? [short] : []))
    .join(',');
}

/** Addresses of a load balancer or ingress, each once, in order. */
export function ingressAddresses(object: KubeObject): string {
  const ingress = listAt(fieldsAt(object, 'status', 'loadBalancer'), 'ingress');
  const addresses = ingress.flatMap((one) => textAt(one, 'ip') ?? textAt(one, 'hostname') ?? []);
  return [...new Set(addresses)].toSorted().join(',');
}
