import { compareQuantities, parseQuantity, validateDns1123Label, validateDns1123Subdomain } from '@stageset/k8s';
import { type Fields, fieldsAt, isFields, listAt, textAt } from '../fields.ts';
import type { Faults } from './faults.ts';
import { portNameFaults, validatePortReference } from './port-names.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
/** Volumes that come from another object, and the field that names it. */
const NAMED_SOURCES: Readonly<Record<string, string>> = {
  configMap: 'name',
  secret: 'secretName',
  persistentVolumeClaim: 'claimName',
};
/** Where a volume has several sources, the first in this order counts, and the others are too many. */
const SOURCES_IN_ORDER = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const PROBE_NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const ENV_NAME = /^[ -<>-~]+$/;

/** A pod's spec, or that of a template. */
export function validatePodSpec(spec: Fields, path: string, faults: Faults): void {
  const volumes = volumeNames(spec, path, faults);
  const names = new Set<unknown>();
  const containers = listAt(spec, 'containers');
  if (containers.length === 0) faults.required(`${path}.containers`);
  for (const [index, container] of containers.entries()) {
    validateContainer(container, `${path}.containers[${index}]`, { names, volumes }, faults);
  }
  for (const [index, container] of listAt(spec, 'initContainers').entries()) {
    validateContainer(container, `${path}.initContainers[${index}]`, { names, volumes }, faults);
  }
  faults.oneOf(`${path}.restartPolicy`, spec['restartPolicy'], RESTART_POLICIES);
  faults.oneOf(`${path}.dnsPolicy`, spec['dnsPolicy'], DNS_POLICIES);
  faults.notNegative(`${path}.terminationGracePeriodSeconds`, spec['terminationGracePeriodSeconds']);
  const { activeDeadlineSeconds, serviceAccountName, nodeName } = spec;
  if (typeof activeDeadlineSeconds === 'number' && activeDeadlineSeconds < 1) {
    faults.invalid(
      `${path}.activeDeadlineSeconds`,
      activeDeadlineSeconds,
      'must be between 1 and 2147483647, inclusive',
    );
  }
  for (const [field, name] of Object.entries({ serviceAccountName, nodeName })) {
    if (typeof name === 'string' && name !== '') {
      faults.invalidAll(`${path}.${field}`, name, validateDns1123Subdomain(name));
    }
  }
}

function volumeNames(spec: Fields, path: string, faults: Faults): ReadonlySet<unknown> {
  const names = new Set<unknown>();
  for (const [index, volume] of listAt(spec, 'volumes').entries()) {
    const before = faults.causes.length;
    const field = `${path}.volumes[${index}].name`;
    const name = textAt(volume, 'name');
    const sources = SOURCES_IN_ORDER.filter((source) => Object.hasOwn(volume, source));
    for (const extra of sources.slice(1)) {
      faults.forbidden(`${path}.volumes[${index}].${extra}`, 'may not specify more than 1 volume type');
    }
    const [source = ''] = sources;
    const key = Object.hasOwn(NAMED_SOURCES, source) ? NAMED_SOURCES[source] : undefined;
    if (key !== undefined && textAt(fieldsAt(volume, source), key) === undefined) {
      faults.required(`${path}.volumes[${index}].${source}.${key}`);
    }
    if (name === undefined) faults.required(field);
    else if (validateDns1123Label(name).length > 0) faults.invalidAll(field, name, validateDns1123Label(name));
    else if (names.has(name)) faults.duplicate(field, name);
    // What is wrong with a volume is told once: mounts of it are not found.
    if (faults.causes.length === before) names.add(name);
  }
  return names;
}

interface PodNames {
  readonly names: Set<unknown>;
  readonly volumes: ReadonlySet<unknown>;
}

function validateContainer(container: Fields, path: string, { names, volumes }: PodNames, faults: Faults): void {
  const name = textAt(container, 'name');
  if (name === undefined) faults.required(`${path}.name`);
  else faults.invalidAll(`${path}.name`, name, validateDns1123Label(name));
  if (names.has(name)) faults.duplicate(`${path}.name`, name ?? '');
  names.add(name);
  if (textAt(container, 'image') === undefined) faults.required(`${path}.image`);
  validatePorts(container, path, faults);
  validateEnvironment(container, path, faults);
  validateMounts(container, path, volumes, faults);
  for (const probe of PROBES) {
    const given = container[probe];
    if (isFields(given)) validateProbe(given, `${path}.${probe}`, faults);
  }
  faults.oneOf(`${path}.imagePullPolicy`, container['imagePullPolicy'], PULL_POLICIES);
  validateResources(fieldsAt(container, 'resources'), `${path}.resources`, faults);
}

function validatePorts(container: Fields, path: string, faults: Faults): void {
  const names = new Set<string>();
  for (const [index, port] of listAt(container, 'ports').entries()) {
    const at = `${path}.ports[${index}]`;
    const name = textAt(port, 'name');
    if (name !== undefined) {
      const found = portNameFaults(name);
      faults.invalidAll(`${at}.name`, name, found);
      if (found.length === 0 && names.has(name)) faults.duplicate(`${at}.name`, name);
      names.add(name);
    }
    if (port['containerPort'] === 0 || port['containerPort'] === undefined) faults.required(`${at}.containerPort`);
    else faults.port(`${at}.containerPort`, port['containerPort']);
    faults.port(`${at}.hostPort`, port['hostPort']);
    faults.oneOf(`${at}.protocol`, port['protocol'], PROTOCOLS);
  }
}

function validateEnvironment(container: Fields, path: string, faults: Faults): void {
  for (const [index, variable] of listAt(container, 'env').entries()) {
    const at = `${path}.env[${index}]`;
    const name = textAt(variable, 'name');
    if (name === undefined) faults.required(`${at}.name`);
    else if (!ENV_NAME.test(name)) {
      const why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
      faults.invalid(`${at}.name`, name, why);
    }
    for (const source of ['configMapKeyRef', 'secretKeyRef']) validateKeyReference(variable, source, at, faults);
    if (isFields(variable['valueFrom']) && textAt(variable, 'value') !== undefined) {
      faults.invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty');
    }
  }
}

function validateKeyReference(variable: Fields, source: string, at: string, faults: Faults): void {
  const reference = fieldsAt(variable, 'valueFrom')[source];
  if (!isFields(reference)) return;
  const name = textAt(reference, 'name') ?? '';
  faults.invalidAll(`${at}.valueFrom.${source}.name`, name, validateDns1123Subdomain(name));
  if (textAt(reference, 'key') === undefined) faults.required(`${at}.valueFrom.${source}.key`);
}

function validateMounts(container: Fields, path: string, volumes: ReadonlySet<unknown>, faults: Faults): void {
  const paths = new Set<string>();
  for (const [index, mount] of listAt(container, 'volumeMounts').entries()) {
    const at = `${path}.volumeMounts[${index}]`;
    const name = textAt(mount, 'name');
    const mountPath = textAt(mount, 'mountPath');
    if (name === undefined) faults.required(`${at}.name`);
    else if (!volumes.has(name)) faults.notFound(`${at}.name`, name);
    if (mountPath === undefined) faults.required(`${at}.mountPath`);
    else if (paths.has(mountPath)) faults.invalid(`${at}.mountPath`, mountPath, 'must be unique');
    else paths.add(mountPath);
  }
}

function validateProbe(probe: Fields, path: string, faults: Faults): void {
  const handlers = HANDLERS.filter((handler) => isFields(probe[handler]));
  if (handlers.length === 0) faults.required(path, 'must specify a handler type');
  for (const extra of handlers.slice(1)) {
    faults.forbidden(`${path}.${extra}`, 'may not specify more than 1 handler type');
  }
  for (const handler of ['httpGet', 'tcpSocket', 'grpc']) {
    validatePortReference(`${path}.${handler}.port`, fieldsAt(probe, handler)['port'], faults);
  }
  for (const name of PROBE_NUMBERS) faults.notNegative(`${path}.${name}`, probe[name]);
}

function validateResources(resources: Fields, path: string, faults: Faults): void {
  const limits = fieldsAt(resources, 'limits');
  for (const [name, amount] of Object.entries(limits)) amountFault(`${path}.limits[${name}]`, amount, faults);
  for (const [name, amount] of Object.entries(fieldsAt(resources, 'requests'))) {
    amountFault(`${path}.requests[${name}]`, amount, faults);
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
    if (limit !== undefined && isMore(amount, limit)) {
      faults.invalid(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${String(limit)}`);
    }
  }
}

function amountFault(field: string, amount: unknown, faults: Faults): void {
  if (typeof amount === 'string' && amount.startsWith('-')) {
    faults.invalid(field, amount, 'must be greater than or equal to 0');
  }
}

function isMore(a: unknown, b: unknown): boolean {
  const [left, right] = [parseQuantity(String(a)), parseQuantity(String(b))];
  return left.ok && right.ok && compareQuantities(left.quantity, right.quantity) > 0;
}

const CHANGEABLE = [
  'activeDeadlineSeconds',
  'tolerations',
  'terminationGracePeriodSeconds',
  // Binding a pod to a node is an update of its own on a real server.
  'nodeName',
  'schedulingGates',
];
export const POD_UPDATE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The part of a pod's spec that no update may change. */
export function fixedPodSpec(spec: Fields): Fields {
  const withoutImages = (name: string) => listAt(spec, name).map(({ image: _, ...container }) => container);
  const fixed = Object.entries(spec).filter(([name]) => !CHANGEABLE.includes(name));
  return {
    ...Object.fromEntries(fixed),
    containers: withoutImages('containers'),
    initContainers: withoutImages('initContainers'),
    ephemeralContainers: [],
  };
}
