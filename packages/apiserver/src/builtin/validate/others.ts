import { deepEqual, type KubeObject, validateDns1123Subdomain } from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, listAt, numberAt, textAt } from '../fields.ts';
import type { Faults } from './faults.ts';
import { validateShare } from './workloads.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const CLAIM_CHANGE =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

export function validateClaim(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  const modes = Array.isArray(spec['accessModes']) ? spec['accessModes'] : [];
  if (modes.length === 0) faults.required('spec.accessModes', 'at least 1 access mode is required');
  for (const mode of modes) faults.oneOf('spec.accessModes', mode, ACCESS_MODES);
  if (fieldsAt(spec, 'resources', 'requests')['storage'] === undefined) faults.required('spec.resources[storage]');
  if (old === undefined) return;
  const fixed = ({ resources: _, volumeAttributesClassName: _class, volumeName, ...rest }: Fields, was: Fields) => ({
    ...rest,
    // A claim is bound by naming its volume, once.
    volumeName: was['volumeName'] === undefined ? undefined : volumeName,
  });
  const oldSpec = fieldsAt(old, 'spec');
  const isBound = fieldsAt(old, 'status')['phase'] === 'Bound';
  const isResized = !deepEqual(spec['resources'], oldSpec['resources']);
  if (!deepEqual(fixed(spec, oldSpec), fixed(oldSpec, oldSpec)) || (isResized && !isBound)) {
    faults.forbidden('spec', CLAIM_CHANGE);
  }
}

export function validateIngressClass(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const controller = fieldsAt(object, 'spec')['controller'];
  if (old === undefined || controller === fieldsAt(old, 'spec')['controller']) return;
  faults.invalid('spec.controller', controller, 'field is immutable');
}

export function validateAutoscaler(object: KubeObject, _old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  const least = numberAt(spec, 'minReplicas');
  const most = numberAt(spec, 'maxReplicas') ?? 0;
  if (least !== undefined && least < 1) faults.invalid('spec.minReplicas', least, 'must be greater than or equal to 1');
  if (most < 1) faults.invalid('spec.maxReplicas', most, 'must be greater than 0');
  if (least !== undefined && most < least) {
    faults.invalid('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`');
  }
  const target = fieldsAt(spec, 'scaleTargetRef');
  for (const name of ['kind', 'name']) {
    if (textAt(target, name) === undefined) faults.required(`spec.scaleTargetRef.${name}`);
  }
  if (textAt(target, 'apiVersion') === undefined) {
    faults.invalid('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group');
  }
  const types = listAt(spec, 'metrics').map(({ type }) => type);
  if (least === 0 && !types.includes('Object') && !types.includes('External')) {
    const why = 'must specify at least one Object or External metric to support scaling to zero replicas';
    faults.forbidden('spec.metrics', why);
  }
}

export function validateBudget(object: KubeObject, _old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  const { minAvailable, maxUnavailable } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: spec['selector'] ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: spec['unhealthyPodEvictionPolicy'] ?? null,
    };
    faults.invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set');
  }
  validateShare('spec.minAvailable', minAvailable, faults);
  validateShare('spec.maxUnavailable', maxUnavailable, faults);
}

export function validateIngress(object: KubeObject, _old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  const rules = listAt(spec, 'rules');
  if (rules.length === 0 && !isFields(spec['defaultBackend'])) {
    faults.invalid('spec', undefined, 'either `defaultBackend` or `rules` must be specified');
  }
  if (isFields(spec['defaultBackend'])) validateBackend(spec['defaultBackend'], 'spec.defaultBackend', faults);
  for (const [index, rule] of rules.entries()) {
    const host = textAt(rule, 'host');
    if (host !== undefined) {
      const name = host.startsWith('*.') ? host.slice(2) : host;
      faults.invalidAll(`spec.rules[${index}].host`, host, validateDns1123Subdomain(name));
    }
    for (const [place, path] of listAt(fieldsAt(rule, 'http'), 'paths').entries()) {
      validatePath(path, `spec.rules[${index}].http.paths[${place}]`, faults);
    }
  }
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];

function validatePath(path: Fields, at: string, faults: Faults): void {
  const { pathType } = path;
  const text = textAt(path, 'path');
  if (pathType === undefined) faults.required(`${at}.pathType`, 'pathType must be specified');
  else faults.oneOf(`${at}.pathType`, pathType, PATH_TYPES);
  if (pathType !== undefined && pathType !== 'ImplementationSpecific' && !text?.startsWith('/')) {
    faults.invalid(`${at}.path`, text ?? '', 'must be an absolute path');
  }
  validateBackend(fieldsAt(path, 'backend'), `${at}.backend`, faults);
}

function validateBackend(backend: Fields, at: string, faults: Faults): void {
  const { service, resource } = backend;
  if (!isFields(service)) {
    if (!isFields(resource)) faults.invalid(at, '', 'resource or service backend is required');
    return;
  }
  if (textAt(service, 'name') === undefined) faults.required(`${at}.service.name`);
  const port = fieldsAt(service, 'port');
  if (textAt(port, 'name') === undefined && numberAt(port, 'number') === undefined) {
    faults.required(`${at}.service.port`, 'port name or number is required');
  }
  faults.port(`${at}.service.port.number`, port['number']);
}

export function validateLease(object: KubeObject, _old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  const seconds = numberAt(spec, 'leaseDurationSeconds');
  if (seconds !== undefined && seconds <= 0)
    faults.invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0');
  faults.notNegative('spec.leaseTransitions', spec['leaseTransitions']);
}

export function validateStorageClass(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  if (textAt(object, 'provisioner') === undefined) faults.required('provisioner');
  if (old === undefined) return;
  for (const name of ['parameters', 'provisioner', 'reclaimPolicy']) {
    if (!deepEqual(object[name], old[name])) faults.forbidden(name, `updates to ${name} are forbidden.`);
  }
}

export function validatePriorityClass(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  if (old === undefined) return;
  if (object['value'] !== old['value']) faults.forbidden('value', 'may not be changed in an update.');
}
