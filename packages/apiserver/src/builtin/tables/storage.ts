import { fieldsAt, isFields, listAt, textAt } from '../fields.ts';
import { age, count, type Row, UNSET } from './cells.ts';

const driver: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const audiences = listAt(spec, 'tokenRequests').map(({ audience }) => audience);
  const modes = Array.isArray(spec['volumeLifecycleModes']) ? spec['volumeLifecycleModes'] : [];
  return [
    object.metadata.name,
    spec['attachRequired'] !== false,
    spec['podInfoOnMount'] === true,
    spec['storageCapacity'] === true,
    audiences.length === 0 ? UNSET : audiences.join(','),
    spec['requiresRepublish'] === true,
    modes.join(','),
    age(object, now),
  ];
};

const node: Row = (object, now) => [object.metadata.name, count(fieldsAt(object, 'spec')['drivers']), age(object, now)];

const attachment: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  return [
    object.metadata.name,
    textAt(spec, 'attacher') ?? '',
    textAt(fieldsAt(spec, 'source'), 'persistentVolumeName') ?? '',
    textAt(spec, 'nodeName') ?? '',
    fieldsAt(object, 'status')['attached'] === true,
    age(object, now),
  ];
};

const attributesClass: Row = (object, now) => [
  object.metadata.name,
  textAt(object, 'driverName') ?? '',
  age(object, now),
];

const address: Row = (object) => {
  const parent = fieldsAt(object, 'spec', 'parentRef');
  const words = ['group', 'resource', 'namespace', 'name'].flatMap((key) => textAt(parent, key) || []);
  return [object.metadata.name, words.join('/')];
};

const cidr: Row = (object, now) => {
  const list = fieldsAt(object, 'spec')['cidrs'];
  return [object.metadata.name, Array.isArray(list) ? list.join(',') : '', age(object, now)];
};

const policy: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const kind = spec['paramKind'];
  return [
    object.metadata.name,
    count(spec['validations']),
    isFields(kind) ? `${String(kind['apiVersion'])}/${String(kind['kind'])}` : UNSET,
    age(object, now),
  ];
};

const policyBinding: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const ref = spec['paramRef'];
  const name = isFields(ref) ? [ref['namespace'] ?? '*', ref['name'] ?? '*'].join('/') : UNSET;
  return [object.metadata.name, textAt(spec, 'policyName') ?? '', name, age(object, now)];
};

/** Drivers of volumes, ranges of addresses, and policies: what an administrator of a cluster looks at. */
export const STORAGE_ROWS: Readonly<Record<string, Row>> = {
  'storage.k8s.io/CSIDriver': driver,
  'storage.k8s.io/CSINode': node,
  'storage.k8s.io/VolumeAttachment': attachment,
  'storage.k8s.io/VolumeAttributesClass': attributesClass,
  'networking.k8s.io/IPAddress': address,
  'networking.k8s.io/ServiceCIDR': cidr,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': policy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': policyBinding,
};
