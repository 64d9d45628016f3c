import { Buffer } from 'node:buffer';
import { deepEqual, type KubeObject } from '@stageset/k8s';
import { fieldsAt, numberAt, textAt } from '../fields.ts';
import type { Faults } from './faults.ts';

const MIN_SECONDS = 600;
const PEM = /^-----BEGIN CERTIFICATE REQUEST-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----\s*$/;
const SIGNER = /^(?=.{1,571}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\/[^/].*$/;
const DER_SEQUENCE = 0x30;
const USAGES = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

export function validateSigningRequest(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  if (old !== undefined && deepEqual(spec, fieldsAt(old, 'spec'))) return;
  const { usages } = spec;
  const given = Array.isArray(usages) ? usages : [];
  if (given.length === 0) faults.required('spec.usages');
  for (const [index, usage] of given.entries()) {
    if (!USAGES.includes(usage)) faults.notSupported(`spec.usages[${index}]`, usage, USAGES);
  }
  const request = textAt(spec, 'request') ?? '';
  const wrong = faultOf(request);
  if (wrong !== undefined) faults.invalid('spec.request', request, wrong);
  const signer = textAt(spec, 'signerName') ?? '';
  if (signer === '') faults.required('spec.signerName');
  else if (!SIGNER.test(signer)) {
    faults.invalid(
      'spec.signerName',
      signer,
      "must be a fully qualified domain and path of the form 'example.com/signer-name'",
    );
  }
  const seconds = numberAt(spec, 'expirationSeconds');
  if (seconds !== undefined && seconds < MIN_SECONDS) {
    faults.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)');
  }
}

function faultOf(request: string): string | undefined {
  const body = PEM.exec(Buffer.from(request, 'base64').toString('latin1'))?.[1];
  if (body === undefined) return 'PEM block type must be CERTIFICATE REQUEST';
  return Buffer.from(body, 'base64')[0] === DER_SEQUENCE ? undefined : 'asn1: structure error: tags don’t match';
}
