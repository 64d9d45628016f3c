import { type Fields, fieldsAt, isFields, listAt } from '../fields.ts';
import { type DefaultRule, setAbsent } from './rule.ts';

const VOLUME_FILE_MODE = 0o644;

/**
 * `latest`, or no tag at all, is pulled always. A digest fixes the image, so that one pull is enough. The port of a
 * registry (`host:5000/image`) is no tag.
 */
export function defaultPullPolicy(image: unknown): 'Always' | 'IfNotPresent' {
  const [name = '', digest] = (typeof image === 'string' ? image : '').split('@');
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  const isLatest = tag === 'latest' || (tag === undefined && digest === undefined && name !== '');
  return isLatest ? 'Always' : 'IfNotPresent';
}

function container(fields: Fields): void {
  setAbsent(fields, {
    imagePullPolicy: defaultPullPolicy(fields['image']),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
}

const VOLUME_NAMES = new Set(['name']);

function volume(fields: Fields): void {
  if (Object.keys(fields).every((name) => VOLUME_NAMES.has(name))) fields['emptyDir'] = {};
  const image = fields['image'];
  if (isFields(image)) setAbsent(image, { pullPolicy: defaultPullPolicy(image['reference']) });
}

/** The old name of a pod's service account says what the new one does; the new one wins. */
function podSpec(fields: Fields): void {
  setAbsent(fields, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  });
  const account = fields['serviceAccountName'] ?? fields['serviceAccount'];
  if (account !== undefined) Object.assign(fields, { serviceAccountName: account, serviceAccount: account });
}

/** Limits are requests where a pod says nothing of them; only in a pod, never in a template. */
function pod(fields: Fields): void {
  const spec = fieldsAt(fields, 'spec');
  setAbsent(spec, { enableServiceLinks: true });
  for (const { resources, ports } of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
    if (isFields(resources) && isFields(resources['limits'])) {
      resources['requests'] = { ...resources['limits'], ...fieldsAt(resources, 'requests') };
    }
    if (spec['hostNetwork'] === true && Array.isArray(ports)) {
      for (const port of ports.filter(isFields)) port['hostPort'] ??= port['containerPort'];
    }
  }
}

const CLIENT_IP_AFFINITY_SECONDS = 10_800;

function service(fields: Fields): void {
  const spec = fieldsAt(fields, 'spec');
  setAbsent(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig'];
  else setAbsent(spec, { sessionAffinityConfig: { clientIP: { timeoutSeconds: CLIENT_IP_AFFINITY_SECONDS } } });
  for (const port of listAt(spec, 'ports')) {
    if (port['targetPort'] === 0 || port['targetPort'] === '') port['targetPort'] = port['port'];
  }
  const { type } = spec;
  if (type === 'NodePort' || type === 'LoadBalancer') setAbsent(spec, { externalTrafficPolicy: 'Cluster' });
  if (type !== 'ExternalName') setAbsent(spec, { internalTrafficPolicy: 'Cluster' });
  if (type === 'LoadBalancer') setAbsent(spec, { allocateLoadBalancerNodePorts: true });
  for (const ingress of listAt(fieldsAt(fieldsAt(fields, 'status'), 'loadBalancer'), 'ingress')) {
    if (type === 'LoadBalancer' && ingress['ip'] !== undefined) setAbsent(ingress, { ipMode: 'VIP' });
  }
}

/** Plain text in `stringData` is only a way to write `data`; it is never stored. */
function secret(fields: Fields): void {
  setAbsent(fields, { type: 'Opaque' });
  const { stringData } = fields;
  if (!isFields(stringData)) return;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')]);
  fields['data'] = { ...fieldsAt(fields, 'data'), ...Object.fromEntries(encoded) };
  delete fields['stringData'];
}

function namespace(fields: Fields): void {
  const metadata = fieldsAt(fields, 'metadata');
  if (metadata['name'] !== undefined) {
    metadata['labels'] = { ...fieldsAt(metadata, 'labels'), 'kubernetes.io/metadata.name': metadata['name'] };
  }
}

function replicationController(fields: Fields): void {
  const spec = fieldsAt(fields, 'spec');
  const labels = fieldsAt(fieldsAt(spec, 'template'), 'metadata')['labels'];
  if (!isFields(labels)) return;
  setAbsent(spec, { selector: labels });
  setAbsent(fieldsAt(fields, 'metadata'), { labels });
}

function node(fields: Fields): void {
  const status = fieldsAt(fields, 'status');
  if (isFields(status['capacity'])) setAbsent(status, { allocatable: status['capacity'] });
}

function limitRangeItem(fields: Fields): void {
  if (fields['type'] !== 'Container') return;
  fields['default'] = { ...fieldsAt(fields, 'max'), ...fieldsAt(fields, 'default') };
  fields['defaultRequest'] = {
    ...fieldsAt(fields, 'min'),
    ...fieldsAt(fields, 'default'),
    ...fieldsAt(fields, 'defaultRequest'),
  };
}

/** By Go type, `io.k8s.api.core.v1.` left out. */
export const CORE_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  Container: container,
  EphemeralContainer: container,
  Volume: volume,
  Pod: pod,
  PodSpec: podSpec,
  Probe: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  HTTPGetAction: { path: '/', scheme: 'HTTP' },
  GRPCAction: { service: '' },
  SecretVolumeSource: { defaultMode: VOLUME_FILE_MODE },
  ConfigMapVolumeSource: { defaultMode: VOLUME_FILE_MODE },
  DownwardAPIVolumeSource: { defaultMode: VOLUME_FILE_MODE },
  ProjectedVolumeSource: { defaultMode: VOLUME_FILE_MODE },
  ServiceAccountTokenProjection: { expirationSeconds: 3600 },
  HostPathVolumeSource: { type: '' },
  ObjectFieldSelector: { apiVersion: 'v1' },
  ISCSIVolumeSource: { iscsiInterface: 'default' },
  RBDVolumeSource: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  AzureDiskVolumeSource: { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  Service: service,
  Secret: secret,
  Namespace: namespace,
  NamespaceStatus: { phase: 'Active' },
  PersistentVolumeSpec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
  PersistentVolumeStatus: { phase: 'Pending' },
  PersistentVolumeClaimSpec: { volumeMode: 'Filesystem' },
  PersistentVolumeClaimStatus: { phase: 'Pending' },
  EndpointPort: { protocol: 'TCP' },
  Node: node,
  LimitRangeItem: limitRangeItem,
  ReplicationController: replicationController,
  ReplicationControllerSpec: { replicas: 1 },
};
