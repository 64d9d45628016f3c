import {
  deepEqual,
  isJsonObject,
  type JsonObject,
  type KubeObject,
  own,
  type StatusCause,
  validateDns1035Label,
  validateDns1123Subdomain,
} from '@stageset/k8s';
import { Faults } from '../builtin/validate/faults.ts';
import { objectAt, objectsAt, readCustomResource, textAt, textsAt } from './definition.ts';
import { schemaFaults } from './schema-faults.ts';

const SCOPES = ['Cluster', 'Namespaced'];
const STRATEGIES = ['None', 'Webhook'];
const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const APPROVAL = 'api-approved.kubernetes.io';
const PROTECTED_GROUP = /(?:^|\.)(?:k8s|kubernetes)\.io$/;
const SIMPLE_PATH = /^\.[^{}]*$/;

/** What is wrong with a CustomResourceDefinition: its names, its versions, and schemas that are not structural. */
export function validateDefinition(crd: KubeObject, old: KubeObject | undefined): readonly StatusCause[] {
  const faults = new Faults();
  const spec = objectAt(crd, 'spec');
  groupFaults(crd, spec, faults);
  nameFaults(crd, faults);
  versionFaults(spec, objectsAt(objectAt(old ?? {}, 'spec'), 'versions'), faults);
  conversionFaults(objectAt(spec, 'conversion'), faults);
  if (spec['preserveUnknownFields'] === true) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    faults.invalid('spec.preserveUnknownFields', true, why);
  }
  if (old !== undefined) immutableFaults(crd, old, faults);
  return faults.causes;
}

function groupFaults(crd: KubeObject, spec: JsonObject, faults: Faults): void {
  const { group, plural } = readCustomResource(crd);
  if (crd.metadata.name !== `${plural}.${group}`) {
    faults.invalid('metadata.name', crd.metadata.name, 'must be spec.names.plural+"."+spec.group');
  }
  if (PROTECTED_GROUP.test(group) && crd.metadata.annotations?.[APPROVAL] === undefined) {
    const why = `protected groups must have approval annotation "${APPROVAL}", see https://github.com/kubernetes/enhancements/pull/1111`;
    faults.required(`metadata.annotations[${APPROVAL}]`, why);
  }
  if (group === '') faults.required('spec.group');
  else if (validateDns1123Subdomain(group).length > 0) {
    faults.invalidAll('spec.group', group, validateDns1123Subdomain(group));
  } else if (!group.includes('.')) faults.invalid('spec.group', group, 'should be a domain with at least one dot');
  const scope = textAt(spec, 'scope');
  if (scope === '') faults.required('spec.scope');
  else faults.oneOf('spec.scope', scope, SCOPES);
}

function nameFaults(crd: KubeObject, faults: Faults): void {
  const names = objectAt(objectAt(crd, 'spec'), 'names');
  const kind = textAt(names, 'kind');
  const singular = textAt(names, 'singular') || kind.toLowerCase();
  const listKind = textAt(names, 'listKind') || (kind === '' ? '' : `${kind}List`);
  const mixed = (name: string) =>
    validateDns1035Label(name.toLowerCase()).map((why) => `may have mixed case, but should otherwise match: ${why}`);
  for (const [field, name, check] of [
    ['plural', textAt(names, 'plural'), validateDns1035Label],
    ['singular', singular, validateDns1035Label],
    ['kind', kind, mixed],
    ['listKind', listKind, mixed],
  ] as const) {
    if (name === '') faults.required(`spec.names.${field}`);
    else faults.invalidAll(`spec.names.${field}`, name, check(name));
  }
  for (const field of ['shortNames', 'categories']) {
    for (const [index, name] of textsAt(names, field).entries()) {
      faults.invalidAll(`spec.names.${field}[${index}]`, name, validateDns1035Label(name));
    }
  }
  if (kind !== '' && kind === listKind) {
    faults.invalid('spec.names.listKind', listKind, 'kind and listKind may not be the same');
  }
}

function versionFaults(spec: JsonObject, former: readonly JsonObject[], faults: Faults): void {
  const versions = objectsAt(spec, 'versions');
  const stored = versions.filter((version) => version['storage'] === true);
  const names = versions.map((version) => textAt(version, 'name'));
  for (const [index, name] of names.entries()) {
    const found = validateDns1035Label(name);
    faults.invalidAll(`spec.versions[${index}].name`, name, found);
    if (index === 0) faults.invalidAll('spec.version', name, found);
  }
  if (new Set(names).size < names.length) {
    faults.invalid('spec.versions', spec['versions'], 'must contain unique version names');
  }
  if (stored.length !== 1) {
    faults.invalid('spec.versions', spec['versions'] ?? [], 'must have exactly one version marked as storage version');
  }
  if (stored.length === 0) faults.invalid('status.storedVersions', undefined, 'must have at least one stored version');
  for (const [index, version] of versions.entries()) {
    // The real server validates the one version of a definition, or equal ones, where older definitions had it.
    const isShared = versions.every(({ schema }) => deepEqual(schema, versions[0]?.['schema']));
    const own = `spec.versions[${index}]`;
    if (isShared && index > 0) continue;
    const schemaField = isShared ? 'spec.validation' : `${own}.schema`;
    const other = versions.length === 1 ? 'spec' : own;
    partFaults(version, { own, schema: schemaField, other, isNew: !isAmong(version, former) }, faults);
  }
}

/** Whether a version was there before, with the same schema. */
function isAmong({ name, schema }: JsonObject, former: readonly JsonObject[]): boolean {
  return former.some((before) => before['name'] === name && deepEqual(before['schema'], schema));
}

interface Places {
  readonly own: string;
  readonly schema: string;
  /** Of columns and subresources. */
  readonly other: string;
  readonly isNew: boolean;
}

function partFaults(version: JsonObject, places: Places, faults: Faults): void {
  const schema = own(objectAt(version, 'schema'), 'openAPIV3Schema');
  if (!isJsonObject(schema)) faults.required(`${places.own}.schema.openAPIV3Schema`);
  else schemaFaults(schema, `${places.schema}.openAPIV3Schema`, places.isNew, faults);
  for (const [index, column] of objectsAt(version, 'additionalPrinterColumns').entries()) {
    columnFaults(column, `${places.other}.additionalPrinterColumns[${index}]`, faults);
  }
  const scale = own(objectAt(version, 'subresources'), 'scale');
  if (isJsonObject(scale)) scaleFaults(scale, `${places.other}.subresources.scale`, faults);
}

function columnFaults(column: JsonObject, field: string, faults: Faults): void {
  const [name, type, path] = [textAt(column, 'name'), textAt(column, 'type'), textAt(column, 'jsonPath')];
  if (name === '') faults.required(`${field}.name`);
  if (type === '') faults.required(`${field}.type`, `must be one of ${COLUMN_TYPES.join(',')}`);
  else if (!COLUMN_TYPES.includes(type)) {
    faults.invalid(`${field}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`);
  }
  if (path === '') faults.required(`${field}.JSONPath`);
  else if (!SIMPLE_PATH.test(path)) {
    faults.invalid(`${field}.JSONPath`, path, 'must be a simple json path starting with .');
  }
}

function scaleFaults(scale: JsonObject, field: string, faults: Faults): void {
  for (const [name, root] of [
    ['specReplicasPath', '.spec'],
    ['statusReplicasPath', '.status'],
  ] as const) {
    const path = textAt(scale, name);
    if (path === '') faults.required(`${field}.${name}`);
    else if (!path.startsWith(`${root}.`)) {
      faults.invalid(`${field}.${name}`, path, `should be a json path under ${root}`);
    }
  }
  const selector = textAt(scale, 'labelSelectorPath');
  if (selector !== '' && !selector.startsWith('.spec.') && !selector.startsWith('.status.')) {
    faults.invalid(`${field}.labelSelectorPath`, selector, 'should be a json path under either .status or .spec');
  }
}

function conversionFaults(conversion: JsonObject, faults: Faults): void {
  const strategy = textAt(conversion, 'strategy');
  faults.oneOf('spec.conversion.strategy', strategy, STRATEGIES);
  if (strategy !== 'Webhook') return;
  const webhook = objectAt(conversion, 'webhook');
  if (!isJsonObject(own(webhook, 'clientConfig'))) {
    faults.required('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook');
  }
  if (textsAt(webhook, 'conversionReviewVersions').length === 0) {
    faults.required('spec.conversion.conversionReviewVersions');
  }
}

/** Objects are stored under these, so they stay as long as the definition does. */
function immutableFaults(crd: KubeObject, old: KubeObject, faults: Faults): void {
  const [now, before] = [objectAt(crd, 'spec'), objectAt(old, 'spec')];
  for (const [name, value, previous] of [
    ['spec.group', now['group'], before['group']],
    ['spec.scope', now['scope'], before['scope']],
    ['spec.names.plural', objectAt(now, 'names')['plural'], objectAt(before, 'names')['plural']],
    ['spec.names.kind', objectAt(now, 'names')['kind'], objectAt(before, 'names')['kind']],
  ] as const) {
    if (!deepEqual(value, previous)) faults.invalid(name, value, 'field is immutable');
  }
}
