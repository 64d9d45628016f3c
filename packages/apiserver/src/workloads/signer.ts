import { Buffer } from 'node:buffer';
import { isJsonArray, type KubeObject, refOf } from '@stageset/k8s';
import { type ClientSigner, SigningError } from '../auth/client-certificates.ts';
import { fieldsAt, numberAt, textAt } from '../builtin/fields.ts';
import { conditionOf, withConditions } from './conditions.ts';
import type { Controller } from './controller.ts';
import type { World } from './world.ts';

const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const CLIENT_USAGES = new Set(['key encipherment', 'digital signature', 'client auth']);
const YEAR_S = 365 * 24 * 3600;
const WRITER = { fieldManager: 'kube-controller-manager' };

/** Signs approved requests for client certificates, as kube-controller-manager does for `kube-apiserver-client`. */
export function signerController(world: World, signer: ClientSigner): Controller {
  const under = new Set<string>();
  const sign = async (request: KubeObject): Promise<void> => {
    const spec = fieldsAt(request, 'spec');
    const status = await signed(spec, signer, world.now()).catch((error: unknown) => {
      if (!(error instanceof SigningError)) throw error;
      return failed(request, error.message, world.nowIso());
    });
    if (world.registry.get(refOf(request))?.metadata.uid === request.metadata.uid) {
      world.registry.patchStatus(refOf(request), status, WRITER);
    }
  };
  return {
    name: 'signer',
    kinds: ['CertificateSigningRequest'],
    *concerns({ type, object }) {
      if (type !== 'deleted') yield refOf(object);
    },
    reconcile: (ref) => {
      const request = world.registry.get(ref);
      const { uid = '' } = request?.metadata ?? {};
      if (request === undefined || under.has(uid) || !isToSign(request)) return undefined;
      under.add(uid);
      void sign(request).finally(() => under.delete(uid));
      return undefined;
    },
  };
}

function isToSign(request: KubeObject): boolean {
  const status = fieldsAt(request, 'status');
  const said = (type: string) => conditionOf(status, type)?.['status'] === 'True';
  return (
    fieldsAt(request, 'spec')['signerName'] === CLIENT_SIGNER &&
    said('Approved') &&
    !said('Denied') &&
    !said('Failed') &&
    status['certificate'] === undefined
  );
}

async function signed(spec: Readonly<Record<string, unknown>>, signer: ClientSigner, nowMs: number) {
  const usages = isJsonArray(spec['usages']) ? spec['usages'] : [];
  const wrong = usages.find((usage) => !CLIENT_USAGES.has(String(usage)));
  if (wrong !== undefined || !usages.includes('client auth')) {
    throw new SigningError(`invalid usage for client certificate: ${usages.join(', ')}`);
  }
  const pem = Buffer.from(textAt(spec, 'request') ?? '', 'base64').toString('latin1');
  const seconds = numberAt(spec, 'expirationSeconds') ?? YEAR_S;
  const certificate = await signer(pem, { fromMs: nowMs, seconds });
  return { certificate: Buffer.from(certificate).toString('base64') };
}

function failed(request: KubeObject, message: string, nowIso: string) {
  const condition = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message } as const;
  return { conditions: withConditions(fieldsAt(request, 'status'), [condition], nowIso, 'lastUpdateTime') };
}
