import type { KubeObject } from '@stageset/k8s';
import { shortDuration } from '../../table/age.ts';
import { fieldsAt, listAt, numberAt, textAt } from '../fields.ts';
import { age, NONE, type Row } from './cells.ts';

/** Decision and result of a request for a certificate: `Approved,Issued`. */
function requestState(object: KubeObject): string {
  const status = fieldsAt(object, 'status');
  const types = listAt(status, 'conditions').map((condition) => condition['type']);
  const decided = types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : 'Pending';
  const results = [
    ...(types.includes('Failed') ? ['Failed'] : []),
    ...(status['certificate'] === undefined ? [] : ['Issued']),
  ];
  return [decided, ...results].join(',');
}

const signingRequest: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const seconds = numberAt(spec, 'expirationSeconds');
  return [
    object.metadata.name,
    age(object, now),
    textAt(spec, 'signerName') ?? '',
    textAt(spec, 'username') ?? '',
    seconds === undefined ? NONE : shortDuration(seconds * 1000),
    requestState(object),
  ];
};

const runtimeClass: Row = (object, now) => [object.metadata.name, textAt(object, 'handler') ?? '', age(object, now)];

export const SECURITY_ROWS: Readonly<Record<string, Row>> = {
  'certificates.k8s.io/CertificateSigningRequest': signingRequest,
  'node.k8s.io/RuntimeClass': runtimeClass,
};
