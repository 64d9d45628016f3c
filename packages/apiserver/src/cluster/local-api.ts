import type { Clock, Transport } from '@stageset/ports';
import { gatekeeperOf } from '../admission/index.ts';
import { aggregateRoles } from '../auth/aggregation.ts';
import { Authentication } from '../auth/authentication.ts';
import { Authorization } from '../auth/authorization.ts';
import { escalationCheck } from '../auth/escalation.ts';
import { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import { SIGNING_REQUESTER } from '../auth/signing-requests.ts';
import { applyBuiltinDefaults, builtinKinds, schemaOf, tableOf, validateBuiltin } from '../builtin/index.ts';
import { serveCustomKinds } from '../crd/custom-kinds.ts';
import { Discovery } from '../discovery/discovery.ts';
import { OpenApi } from '../discovery/open-api.ts';
import { openDataFile } from '../durable/data-file.ts';
import { passingSecrets, type Secrets } from '../durable/secrets.ts';
import { createHandler, type WireHandler } from '../http/handler.ts';
import { CREATION_WARNINGS } from '../registry/creation-warnings.ts';
import { expireEvents } from '../registry/event-expiry.ts';
import { seededIdentifiers } from '../registry/identifiers.ts';
import { LocalRegistry } from '../registry/local-registry.ts';
import { UNENFORCED } from '../registry/unenforced.ts';
import { createFirstObjects } from './first-objects.ts';

/** Changes of each kind a watch can resume over, unless the caller says otherwise. */
export const DEFAULT_HISTORY_LIMIT = 10_000;

export interface LocalApiOptions {
  readonly clock: Clock;
  /** How many changes of each kind a watch can resume over before it is answered 410. */
  readonly historyLimit?: number;
  /**
   * SQLite file that keeps the cluster beyond the process: objects, resource versions, keys and tokens. Made when there is
   * none. In memory when left out.
   */
  readonly data?: string;
  /** With a seed, the same requests give the same uids and names. Tokens and keys are random all the same. */
  readonly seed?: number;
}

/** The API without a socket. */
export interface LocalApi {
  /** Takes requests as they come from the wire: they say who sends them. */
  readonly handler: WireHandler;
  /** The same, as the administrator unless a request says who else it comes from. */
  readonly transport: Transport;
  readonly registry: LocalRegistry;
  readonly administratorToken: string;
  readonly secrets: Secrets;
  /** Writes before this process, so that what it makes of a seed is not what was made before. */
  readonly resumedFrom: number;
  /** Ends its timers and lets go of the data file. */
  close(): void;
}

/** A Kubernetes API as a function, with the objects that every cluster starts with. */
export function createLocalApi({ clock, historyLimit = DEFAULT_HISTORY_LIMIT, seed, data }: LocalApiOptions): LocalApi {
  const file = data === undefined ? undefined : openDataFile(data);
  const secrets = file ?? passingSecrets();
  const resumedFrom = file?.revision ?? 0;
  const builtins = { builtinKinds, schemaOf, applyBuiltinDefaults, validateBuiltin, tableOf };
  const registry = new LocalRegistry({
    clock,
    builtins,
    historyLimit,
    ...(seed === undefined ? {} : { identifiers: seededIdentifiers(seed + resumedFrom) }),
    ...(file === undefined ? {} : { journal: file }),
  });
  serveCustomKinds(registry);
  registry.addHook(UNENFORCED);
  registry.addHook(CREATION_WARNINGS);
  registry.addHook(SIGNING_REQUESTER);
  aggregateRoles(registry);
  const stopExpiry = expireEvents(registry);
  createFirstObjects(registry);
  const tokens = new ServiceAccountTokens(registry, secrets);
  const authentication = new Authentication(tokens, secrets);
  const authorization = new Authorization(registry);
  registry.addHook(escalationCheck(authorization));
  registry.guard(gatekeeperOf(registry, authorization));
  const access = { authentication, authorization, tokens };
  const openApi = new OpenApi(registry);
  const handler = createHandler({
    registry,
    discovery: new Discovery(registry.table),
    access,
    openApi: (path, request) => openApi.answer(path, request.headers),
  });
  const { administratorToken } = authentication;
  const bearer = `Bearer ${administratorToken}`;
  return {
    handler,
    transport: (request) => handler({ ...request, headers: { authorization: bearer, ...request.headers } }),
    registry,
    administratorToken,
    secrets,
    resumedFrom,
    close: () => {
      stopExpiry();
      file?.close();
    },
  };
}
