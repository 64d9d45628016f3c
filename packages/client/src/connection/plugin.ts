import { UnreachableError } from '@stageset/k8s';
import type { Clock } from '@stageset/ports';
import type { PluginUser } from '../access/access.ts';

/** What an exec plugin or an auth provider gave. */
export interface PluginAnswer {
  readonly authorization?: string;
  readonly certificate?: string;
  readonly key?: string;
}

export interface PluginCredentials {
  current(): Promise<PluginAnswer>;
  /** Asks the plugin again, unless that has been done since this header was made. False when it answers the same. */
  renew(refused: string | undefined): Promise<boolean>;
}

/** How long an answer is used before the library is asked again, which itself knows when tokens expire. */
const ANSWER_AGE_MS = 30_000;

/**
 * Credentials of exec plugins and auth providers, through the Kubernetes client library. It is large and slow to load,
 * so it is loaded here and only here, at the first use.
 */
export function pluginCredentials(user: PluginUser, server: string, clock: Clock): PluginCredentials {
  let ask: (() => Promise<PluginAnswer>) | undefined;
  let answer: Promise<PluginAnswer> | undefined;
  let askedAtMs = 0;
  const refresh = (): Promise<PluginAnswer> => {
    askedAtMs = clock.now();
    const asked = (async () => {
      ask ??= await asker(user, server);
      return ask();
    })().catch((cause: unknown) => {
      if (answer === asked) answer = undefined;
      throw new UnreachableError(`the credential plugin of user ${user.name} failed: ${reasonOf(cause)}`, { cause });
    });
    answer = asked;
    return asked;
  };
  return {
    current: () => (answer !== undefined && clock.now() - askedAtMs < ANSWER_AGE_MS ? answer : refresh()),
    renew: async (refused) => {
      if ((await answer)?.authorization !== refused) return true;
      ask = undefined; // A new instance of the library holds no tokens.
      return (await refresh()).authorization !== refused;
    },
  };
}

async function asker(user: PluginUser, server: string): Promise<() => Promise<PluginAnswer>> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromOptions({
    // Only its credentials are used, never its connections; it refuses plain HTTP unless told that this is meant.
    clusters: [{ name: 'cluster', server, skipTLSVerify: server.startsWith('http:') }],
    users: [user],
    contexts: [{ name: 'context', cluster: 'cluster', user: user.name }],
    currentContext: 'context',
  });
  return async () => {
    const options: Parameters<typeof config.applyToHTTPSOptions>[0] = { headers: {} };
    await config.applyToHTTPSOptions(options);
    const headers = new Headers(options.headers as Record<string, string>);
    const authorization = headers.get('authorization');
    const { cert, key } = options;
    return {
      ...(authorization === null ? {} : { authorization }),
      ...(typeof cert === 'string' && typeof key === 'string' ? { certificate: cert, key } : {}),
    };
  };
}

/** What a plugin printed is for its user: the last line says most, and a token never goes to standard error. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.trim().split('\n').at(-1) ?? '';
}
