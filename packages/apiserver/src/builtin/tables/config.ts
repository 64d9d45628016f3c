import { type Fields, fieldsAt, listAt, textAt } from '../fields.ts';
import { accessModes, age, count, NONE, type Row, UNSET } from './cells.ts';

const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

const nameAndAge: Row = (object, now) => [object.metadata.name, age(object, now)];

const configMap: Row = (object, now) => [
  object.metadata.name,
  count(object['data']) + count(object['binaryData']),
  age(object, now),
];

const secret: Row = (object, now) => [object.metadata.name, object['type'], count(object['data']), age(object, now)];

const namespace: Row = (object, now) => [object.metadata.name, fieldsAt(object, 'status')['phase'], age(object, now)];

const claim: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const status = fieldsAt(object, 'status');
  const isBound = textAt(spec, 'volumeName') !== undefined;
  return [
    object.metadata.name,
    object.metadata.deletionTimestamp === undefined ? (textAt(status, 'phase') ?? '') : 'Terminating',
    textAt(spec, 'volumeName') ?? '',
    isBound ? (fieldsAt(status, 'capacity')['storage'] ?? '0') : '',
    isBound ? accessModes(status['accessModes']) : '',
    object.metadata.annotations?.[BETA_CLASS] ?? textAt(spec, 'storageClassName') ?? '',
    textAt(spec, 'volumeAttributesClassName') ?? UNSET,
    age(object, now),
    textAt(spec, 'volumeMode') ?? UNSET,
  ];
};

const volume: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const status = fieldsAt(object, 'status');
  const claimRef = fieldsAt(spec, 'claimRef');
  return [
    object.metadata.name,
    fieldsAt(spec, 'capacity')['storage'] ?? '0',
    accessModes(spec['accessModes']),
    spec['persistentVolumeReclaimPolicy'],
    object.metadata.deletionTimestamp === undefined ? (textAt(status, 'phase') ?? '') : 'Terminating',
    spec['claimRef'] === undefined ? '' : `${textAt(claimRef, 'namespace') ?? ''}/${textAt(claimRef, 'name') ?? ''}`,
    object.metadata.annotations?.[BETA_CLASS] ?? textAt(spec, 'storageClassName') ?? '',
    textAt(spec, 'volumeAttributesClassName') ?? UNSET,
    textAt(status, 'reason') ?? '',
    age(object, now),
    textAt(spec, 'volumeMode') ?? UNSET,
  ];
};

const storageClass: Row = (object, now) => {
  const isDefault = object.metadata.annotations?.[DEFAULT_CLASS] === 'true';
  return [
    isDefault ? `${object.metadata.name} (default)` : object.metadata.name,
    object['provisioner'],
    object['reclaimPolicy'] ?? 'Delete',
    object['volumeBindingMode'] ?? 'Immediate',
    object['allowVolumeExpansion'] === true,
    age(object, now),
  ];
};

const resourceQuota: Row = (object, now) => {
  const status = fieldsAt(object, 'status');
  const hard = Object.entries(fieldsAt(status, 'hard')).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const list = (pairs: readonly (readonly [string, unknown])[]) =>
    pairs.map(([name, most]) => `${name}: ${used(status, name)}/${String(most)}`).join(', ');
  return [
    object.metadata.name,
    list(hard.filter(([name]) => !name.startsWith('limits.'))),
    list(hard.filter(([name]) => name.startsWith('limits.'))),
    age(object, now),
  ];
};

function used(status: Fields, name: string): string {
  return String(fieldsAt(status, 'used')[name] ?? '0');
}

const priorityClass: Row = (object, now) => [
  object.metadata.name,
  object['value'] ?? 0,
  object['globalDefault'] === true,
  age(object, now),
  object['preemptionPolicy'] ?? '',
];

const lease: Row = (object, now) => [
  object.metadata.name,
  textAt(fieldsAt(object, 'spec'), 'holderIdentity') ?? '',
  age(object, now),
];

const webhooks: Row = (object, now) => [object.metadata.name, listAt(object, 'webhooks').length, age(object, now)];

const podTemplate: Row = (object) => {
  const template = fieldsAt(object, 'template');
  const list = listAt(fieldsAt(template, 'spec'), 'containers');
  const labels = Object.entries(fieldsAt(template, 'metadata', 'labels')).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  return [
    object.metadata.name,
    list.map(({ name }) => name).join(','),
    list.map(({ image }) => image).join(','),
    labels.length === 0 ? NONE : labels.toSorted().join(','),
  ];
};

export const CONFIG_ROWS: Readonly<Record<string, Row>> = {
  '/ConfigMap': configMap,
  '/Secret': secret,
  '/ServiceAccount': nameAndAge,
  '/Namespace': namespace,
  '/PersistentVolumeClaim': claim,
  '/PersistentVolume': volume,
  '/ResourceQuota': resourceQuota,
  '/PodTemplate': podTemplate,
  'storage.k8s.io/StorageClass': storageClass,
  'scheduling.k8s.io/PriorityClass': priorityClass,
  'coordination.k8s.io/Lease': lease,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
};
