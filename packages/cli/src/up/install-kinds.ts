import type { KubeObject } from '@stageset/k8s';
import type { Clock, Cluster, KindRef } from '@stageset/ports';
import { CommandError, EXIT } from '../exit.ts';
import { UP_FIELD_MANAGER } from './publisher.ts';

const CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' } as const;

/**
 * Makes sure that the cluster serves our kinds: applies the definitions and waits, by watch, until they are Established.
 * Definitions that somebody else owns (Flux's sources) are applied only where they are lacking.
 */
export async function installKinds(
  cluster: Cluster,
  definitions: { readonly own: readonly KubeObject[]; readonly sources: readonly KubeObject[] },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const lacking = await Promise.all(
    definitions.sources.map(async (definition) =>
      (await cluster.get({ ...CRD, name: definition.metadata.name }, signal)) === undefined ? [definition] : [],
    ),
  );
  const wanted = [...definitions.own, ...lacking.flat()];
  await Promise.all(
    wanted.map((definition) => cluster.apply(definition, { fieldManager: UP_FIELD_MANAGER, force: true }, signal)),
  );
  await established(cluster, new Set(wanted.map(({ metadata }) => metadata.name)), signal);
  for (const definition of wanted) await served(cluster, kindOf(definition), clock, signal);
}

/** A definition is Established a moment before discovery tells of its kind; asked again so often, so long apart. */
const DISCOVERY_ATTEMPTS = 100;
const DISCOVERY_DELAY_MS = 100;

async function served(cluster: Cluster, kind: KindRef, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < DISCOVERY_ATTEMPTS; attempt += 1) {
    if ((await cluster.resource(kind, { refresh: attempt > 0, signal })) !== undefined) return;
    if (attempt > 0) await new Promise<void>((resolve) => clock.schedule(DISCOVERY_DELAY_MS, resolve));
  }
  throw new CommandError(
    EXIT.runtime,
    `the cluster has accepted ${kind.kind} of ${kind.apiVersion} but does not serve it`,
  );
}

function kindOf({ spec }: KubeObject): KindRef {
  const { group, names, versions } = spec as {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
  };
  const version = versions.find(({ storage }) => storage)?.name ?? '';
  return { apiVersion: `${group}/${version}`, kind: names.kind };
}

async function established(cluster: Cluster, names: Set<string>, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const store = cluster.follow(CRD, AbortSignal.any([signal, done.signal]));
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      for (const object of store.items()) {
        const { name } = object.metadata;
        if (!names.has(name)) continue;
        if (conditionOf(object, 'NamesAccepted') === 'False') {
          reject(
            new CommandError(
              EXIT.runtime,
              `the cluster did not accept the definition ${name}: another one claims its names`,
            ),
          );
        }
        if (conditionOf(object, 'Established') === 'True') names.delete(name);
      }
      if (names.size === 0) resolve();
    };
    signal.addEventListener('abort', () => reject(new CommandError(EXIT.interrupted, 'interrupted')), { once: true });
    store.subscribe(look);
    look();
  }).finally(() => done.abort());
}

function conditionOf(object: KubeObject, type: string): string | undefined {
  const { conditions = [] } = (object['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.find((condition) => condition.type === type)?.status;
}
