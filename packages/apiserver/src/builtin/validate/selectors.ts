import {
  type KubeObject,
  labelSelectorOf,
  matchesLabels,
  validateLabelValue,
  validateQualifiedName,
} from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, listAt } from '../fields.ts';
import type { Faults } from './faults.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Faults of a label selector, and of the labels in it where they are looked at. Says whether it can be used. */
export function validateSelector(
  selector: Fields,
  path: string,
  faults: Faults,
  { labels = false }: { readonly labels?: boolean } = {},
): boolean {
  const before = faults.causes.length;
  if (labels) validateLabels(fieldsAt(selector, 'matchLabels'), `${path}.matchLabels`, faults);
  for (const [index, { key, operator, values }] of listAt(selector, 'matchExpressions').entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    const count = Array.isArray(values) ? values.length : 0;
    if (typeof operator !== 'string' || !OPERATORS.includes(operator)) {
      faults.invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator');
    } else if (operator.endsWith('In')) {
      if (count === 0) faults.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (count > 0) {
      faults.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    if (!labels) continue;
    faults.invalidAll(`${at}.key`, key ?? '', validateQualifiedName(String(key ?? '')));
    for (const [place, value] of (Array.isArray(values) ? values : []).entries()) {
      faults.invalidAll(`${at}.values[${place}]`, value, validateLabelValue(String(value)));
    }
  }
  return faults.causes.length === before;
}

/** Labels outside of an object's own metadata. */
export function validateLabels(labels: Fields, at: string, faults: Faults): void {
  for (const [key, value] of Object.entries(labels)) {
    faults.invalidAll(at, key, validateQualifiedName(key));
    faults.invalidAll(at, value, validateLabelValue(String(value)));
  }
}

/**
 * The selector of a workload: there, not empty, sound, and one that its own template answers to. Says whether it can be
 * read: if not, a template is not looked at.
 */
export function validateOwnSelector(object: KubeObject, faults: Faults): boolean {
  const spec = fieldsAt(object, 'spec');
  const { selector } = spec;
  const labels = fieldsAt(spec, 'template', 'metadata')['labels'];
  const kind = object.kind === 'ReplicaSet' ? 'deployment' : object.kind.toLowerCase();
  if (!isFields(selector)) {
    faults.required('spec.selector');
    faults.invalid('spec.template.metadata.labels', sorted(labels), '`selector` does not match template `labels`');
    return true;
  }
  const isSound = validateSelector(selector, 'spec.selector', faults, { labels: true });
  if (Object.keys(selector).length === 0) {
    faults.invalid('spec.selector', selector, `empty selector is invalid for ${kind}`);
    return true;
  }
  if (!isSound) {
    if (kind === 'daemonset') return true;
    const why = kind === 'statefulset' ? '' : 'invalid label selector';
    faults.invalid('spec.selector', shownSelector(selector), why);
    return false;
  }
  if (!matchesLabels(labelSelectorOf(selector), isFields(labels) ? (labels as Record<string, string>) : {})) {
    faults.invalid('spec.template.metadata.labels', sorted(labels), '`selector` does not match template `labels`');
  }
  return true;
}

/** As Go prints a selector: the labels are in order. */
export function shownSelector(selector: Fields): Fields {
  const { matchLabels } = selector;
  return matchLabels === undefined ? selector : { ...selector, matchLabels: sorted(matchLabels) };
}

/** As Go prints a map. */
function sorted(labels: unknown): unknown {
  return isFields(labels) ? Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) : labels;
}
