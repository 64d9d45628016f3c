import type { Access, Credentials, Impersonation, Material, TlsAccess } from './access.ts';
import { AccessError } from './errors.ts';
import { type Entry, type Fields, type Kubeconfig, parseKubeconfig } from './kubeconfig-file.ts';
import { proxyFor } from './proxy.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** kubectl's rule: whole entries by name, and the current context, from the first file that has them. */
export function mergeKubeconfigs(files: readonly Kubeconfig[]): Kubeconfig {
  const merged = <K extends 'clusters' | 'users' | 'contexts'>(key: K): ReadonlyMap<string, Entry> => {
    const result = new Map<string, Entry>();
    for (const file of files) for (const [name, entry] of file[key]) if (!result.has(name)) result.set(name, entry);
    return result;
  };
  return {
    clusters: merged('clusters'),
    users: merged('users'),
    contexts: merged('contexts'),
    currentContext: files.find((file) => file.currentContext !== undefined)?.currentContext,
  };
}

/**
 * Chooses one context. `source` names the file or files, for messages. `env` is where proxy settings come from when the
 * cluster has none.
 */
export function accessOf(config: Kubeconfig, source: string, context: string | undefined, env: Environment): Access {
  const name = context ?? config.currentContext ?? onlyContext(config);
  if (name === undefined) {
    throw new AccessError(source, 'current-context', `is not set: choose a context (${listed(config.contexts)})`);
  }
  const chosen = config.contexts.get(name);
  if (chosen === undefined) {
    const field = context === undefined ? 'current-context' : 'contexts';
    throw new AccessError(source, field, `there is no context ${quote(name)} (${listed(config.contexts)})`);
  }
  const cluster = entryOf(chosen, 'cluster', config.clusters);
  const user = chosen.fields.text('user') === undefined ? undefined : entryOf(chosen, 'user', config.users);
  const server = serverOf(cluster.fields);
  const proxyUrl = cluster.fields.text('proxy-url') ?? proxyFor(server, env);
  const impersonate = user === undefined ? undefined : impersonationOf(user.fields);
  return {
    server,
    namespace: chosen.fields.text('namespace') ?? 'default',
    origin: `context ${name} of ${chosen.fields.source}`,
    tls: tlsOf(cluster.fields, user?.fields),
    credentials: user === undefined ? { kind: 'none' } : credentialsOf(user),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(impersonate === undefined ? {} : { impersonate }),
  };
}

/**
 * Access from a kubeconfig that somebody else wrote, such as a tenant's Secret. It may neither run programs nor read
 * files where this process runs: such an entry of the chosen context is refused by name. `source` says where the text
 * came from: `Secret team-a/kubeconfig`.
 */
export function accessFromTenantKubeconfig(text: string, source: string, context?: string): Access {
  return accessOf(parseKubeconfig(text, source, undefined), source, context, {});
}

function onlyContext(config: Kubeconfig): string | undefined {
  return config.contexts.size === 1 ? config.contexts.keys().next().value : undefined;
}

function entryOf(context: Entry, key: 'cluster' | 'user', entries: ReadonlyMap<string, Entry>): Entry {
  const name = context.fields.required(key);
  const entry = entries.get(name);
  if (entry === undefined) throw context.fields.error(key, `there is no ${key} ${quote(name)} (${listed(entries)})`);
  return entry;
}

function serverOf(cluster: Fields): string {
  const text = cluster.required('server');
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    throw cluster.error('server', `${quote(text)} is not an http or https URL`);
  }
  if (url.username !== '' || url.password !== '') throw cluster.error('server', 'must not hold a user or password');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function tlsOf(cluster: Fields, user: Fields | undefined): TlsAccess {
  const ca = materialOf(cluster, 'certificate-authority');
  const insecure = cluster.flag('insecure-skip-tls-verify');
  if (insecure && ca !== undefined) {
    throw cluster.error('insecure-skip-tls-verify', 'contradicts certificate-authority: remove one of them');
  }
  const certificate = user === undefined ? undefined : materialOf(user, 'client-certificate');
  const key = user === undefined ? undefined : materialOf(user, 'client-key');
  if (user !== undefined && (certificate === undefined) !== (key === undefined)) {
    const missing = certificate === undefined ? 'client-certificate' : 'client-key';
    throw user.error(missing, 'is missing: certificate and key come together');
  }
  const serverName = cluster.text('tls-server-name');
  return {
    insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(certificate === undefined || key === undefined ? {} : { clientCertificate: { certificate, key } }),
  };
}

/** `X-data` wins over the file `X`. */
function materialOf(fields: Fields, key: string): Material | undefined {
  const data = fields.base64(`${key}-data`);
  if (data !== undefined) return { from: 'data', data };
  const path = fields.file(key);
  return path === undefined ? undefined : { from: 'file', path };
}

/** A token file wins over a token, which it renews; both win over a password and over plugins, as in client-go. */
function credentialsOf({ name, fields }: Entry): Credentials {
  const exec = fields.program('exec');
  const authProvider = fields.program('auth-provider');
  const tokenFile = fields.file('tokenFile');
  if (tokenFile !== undefined) return { kind: 'tokenFile', path: tokenFile };
  const token = fields.text('token');
  if (token !== undefined) return { kind: 'token', token: token.trim() };
  const username = fields.text('username');
  if (username !== undefined) return { kind: 'basic', username, password: fields.text('password') ?? '' };
  if (exec !== undefined) return { kind: 'plugin', user: { name, exec } };
  if (authProvider !== undefined) return { kind: 'plugin', user: { name, authProvider } };
  return { kind: 'none' };
}

function impersonationOf(user: Fields): Impersonation | undefined {
  const name = user.text('as');
  if (name === undefined) return undefined;
  const uid = user.text('as-uid');
  const groups = user.texts('as-groups');
  return { user: name, ...(uid === undefined ? {} : { uid }), ...(groups === undefined ? {} : { groups }) };
}

function listed(entries: ReadonlyMap<string, unknown>): string {
  return entries.size === 0 ? 'there are none' : `there are: ${[...entries.keys()].join(', ')}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
