import { createHash } from 'node:crypto';
import type { StageSetSpec } from '@stageset/api';
import { isJsonObject, type KubeObject, own } from '@stageset/k8s';
import type { RemoteAccess } from '@stageset/ports';

type KubeConfig = NonNullable<StageSetSpec['kubeConfig']>;

/** Where `spec.kubeConfig` says that the way to another cluster is written down. */
export interface KubeConfigRef {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  /** Of a Secret. */
  readonly key: string;
}

const DEFAULT_KEY = 'value';

export function kubeConfigRef({ secretRef, configMapRef }: KubeConfig): KubeConfigRef {
  if (configMapRef !== undefined) return { kind: 'ConfigMap', name: configMapRef.name, key: '' };
  const key = secretRef?.key;
  return { kind: 'Secret', name: secretRef?.name ?? '', key: key === undefined || key === '' ? DEFAULT_KEY : key };
}

/** How an inventory says where objects are: by what access, and what that led to. */
export function locationOf({ kind, name, key }: KubeConfigRef, server: string): string {
  return `${kind === 'Secret' ? `Secret/${name}/${key}` : `ConfigMap/${name}`} ${server}`;
}

/** Where an inventory says that objects are; `undefined` for what is no location. */
export function parseLocation(at: string): { readonly ref: KubeConfigRef; readonly server: string } | undefined {
  const [reference = '', server = '', ...rest] = at.split(' ');
  const [kind, name = '', key = '', ...parts] = reference.split('/');
  if (rest.length > 0 || parts.length > 0 || name === '' || server === '') return undefined;
  if (kind === 'Secret' && key !== '') return { ref: { kind, name, key }, server };
  return kind === 'ConfigMap' && key === '' ? { ref: { kind, name, key }, server } : undefined;
}

/** The same for people: `the cluster of Secret prod/edge (https://…)`. */
export function describeLocation(at: string | undefined, namespace: string): string {
  const place = at === undefined ? undefined : parseLocation(at);
  if (place === undefined) return at === undefined ? "the controller's own cluster" : `the cluster ${at}`;
  return `the cluster of ${place.ref.kind} ${namespace}/${place.ref.name} (${place.server})`;
}

/** `invalid`: only another spec or ConfigMap helps. `unusable`: what is there now is of no use. */
export type RemoteSaid =
  | { readonly kind: 'access'; readonly access: RemoteAccess; readonly digest: string }
  | { readonly kind: 'invalid' | 'unusable'; readonly message: string };

interface Context {
  readonly namespace: string;
  /** The user to act as there. */
  readonly impersonate?: string;
}

/** Reads the object that describes another cluster; `undefined` when there is none. Never quotes a value of a Secret. */
export function remoteAccess(ref: KubeConfigRef, object: KubeObject | undefined, context: Context): RemoteSaid {
  const source = `${ref.kind} ${context.namespace}/${ref.name}`;
  if (object === undefined) {
    const kind = ref.kind === 'Secret' ? 'unusable' : 'invalid';
    return { kind, message: `${source} not found; create it, or correct spec.kubeConfig` };
  }
  return ref.kind === 'Secret' ? fromSecret(ref.key, object, source, context) : fromConfigMap(object, source, context);
}

function fromSecret(key: string, secret: KubeObject, source: string, { impersonate }: Context): RemoteSaid {
  const data = isJsonObject(secret['data']) ? secret['data'] : {};
  const encoded = own(data, key);
  if (typeof encoded !== 'string' || encoded === '') {
    const keys = Object.keys(data).sort();
    const there = keys.length === 0 ? 'it has no keys' : `it has ${keys.join(', ')}`;
    return { kind: 'unusable', message: `${source} has no kubeconfig under the key "${key}" (${there})` };
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return access({ by: 'kubeconfig', text, source, ...(impersonate === undefined ? {} : { impersonate }) });
}

const CLOUDS: ReadonlySet<string> = new Set(['aws', 'azure', 'gcp']);

function fromConfigMap(configMap: KubeObject, source: string, { namespace, impersonate }: Context): RemoteSaid {
  const data = isJsonObject(configMap['data']) ? configMap['data'] : {};
  const text = (key: string): string | undefined => {
    const value = own(data, key);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const invalid = (message: string): RemoteSaid => ({ kind: 'invalid', message: `${source}: ${message}` });
  const provider = text('provider');
  if (provider === undefined) return invalid('data.provider is missing; set it to generic');
  if (CLOUDS.has(provider)) {
    return invalid(
      `data.provider "${provider}" is not supported by this version of the controller; use generic, or a kubeconfig in a Secret`,
    );
  }
  if (provider !== 'generic')
    return invalid(`data.provider "${provider}" is unknown; it must be generic, aws, azure or gcp`);
  const address = text('address');
  if (address === undefined) return invalid('data.address is missing; set it to the https URL of the API server');
  const account = text('serviceAccountName');
  if (account === undefined) {
    return invalid('data.serviceAccountName is missing; name the ServiceAccount whose tokens the other cluster trusts');
  }
  const certificateAuthority = text('ca.crt');
  const audiences = text('audiences')
    ?.split(/[\s,]+/)
    .filter((audience) => audience !== '');
  return access({
    by: 'token',
    address,
    source,
    account: { namespace, name: account },
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(audiences === undefined ? {} : { audiences }),
    ...(impersonate === undefined ? {} : { impersonate }),
  });
}

function access(said: RemoteAccess): RemoteSaid {
  const digest = createHash('sha256').update(JSON.stringify(said)).digest('hex');
  return { kind: 'access', access: said, digest };
}
