import { formatApiVersion, parseApiVersion } from '@stageset/k8s';
import type { Clock, KindRef, ResourceInfo } from '@stageset/ports';
import { isRecord } from '../requests/json.ts';
import type { Answer } from '../requests/requester.ts';
import { parseBody } from './decode.ts';

/** How long an answer "there is no such kind" is believed before the server is asked again. */
const UNKNOWN_KIND_INTERVAL_MS = 5_000;

const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/** `GET`s a path; discovery decides nothing about queues and retries. */
export type Read = (path: string, accept: string, signal: AbortSignal | undefined) => Promise<Answer>;

type Kinds = Map<string, ResourceInfo>;

/**
 * What the server serves, asked for once and remembered: two requests with aggregated discovery (Kubernetes 1.27 and
 * later), one per group version in use with older servers. A kind that is not there is asked for again, at most once in
 * five seconds, so that a CRD that is installed later is found and a missing one costs nothing.
 */
export class Discovery {
  readonly #read: Read;
  readonly #clock: Clock;
  /** Kinds by apiVersion and kind. */
  #known: Kinds = new Map();
  #fetchedAtMs: number | undefined;
  #underWay: Promise<void> | undefined;
  /** The server answered `/apis` in the old form: group versions are read one by one as they are needed. */
  #isAggregated = true;
  readonly #groupVersionAtMs = new Map<string, number>();

  constructor(read: Read, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  async find(
    kind: KindRef,
    options: { readonly refresh?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ResourceInfo | undefined> {
    const found = this.#known.get(keyOf(kind));
    if (found !== undefined && options.refresh !== true) return found;
    const askedAtMs = this.#isAggregated ? this.#fetchedAtMs : this.#groupVersionAtMs.get(kind.apiVersion);
    const isRecent = askedAtMs !== undefined && this.#clock.now() - askedAtMs < UNKNOWN_KIND_INTERVAL_MS;
    if (isRecent && options.refresh !== true) return undefined;
    // An answer that was asked for before now may be older than what the caller has just installed.
    if (options.refresh === true) await this.#underWay?.catch(() => undefined);
    await this.#refresh(kind.apiVersion, options.signal);
    return this.#known.get(keyOf(kind));
  }

  /**
   * Every kind that the server serves, asked for anew, each in the version that the server prefers. Servers without
   * aggregated discovery tell of those kinds alone that have been asked for.
   */
  async all(signal: AbortSignal | undefined): Promise<readonly ResourceInfo[]> {
    await this.#refresh('v1', signal);
    const preferred = new Map<string, ResourceInfo>();
    for (const info of this.#known.values()) {
      const key = `${info.group} ${info.kind}`;
      if (!preferred.has(key)) preferred.set(key, info);
    }
    return [...preferred.values()];
  }

  /** The server said that it does not know this kind's path: its CRD is gone, or served at another version. */
  forget(kind: KindRef): void {
    this.#known.delete(keyOf(kind));
  }

  /** One refresh at a time, shared by all who need it. It is not tied to the first asker's signal. */
  async #refresh(apiVersion: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#isAggregated) {
      this.#underWay ??= this.#readAll().finally(() => {
        this.#underWay = undefined;
      });
      await this.#underWay;
    }
    if (!this.#isAggregated) await this.#readGroupVersion(apiVersion, signal);
    signal?.throwIfAborted();
  }

  async #readAll(): Promise<void> {
    const [core, groups] = await Promise.all([
      this.#read('/api', AGGREGATED, undefined),
      this.#read('/apis', AGGREGATED, undefined),
    ]);
    const known: Kinds = new Map();
    for (const answer of [core, groups]) {
      if (!answer.ok) throw answer.error;
      const document = parseBody(answer.body, 'discovery');
      if (document['kind'] !== 'APIGroupDiscoveryList') {
        this.#isAggregated = false;
        return;
      }
      addAggregated(document, known);
    }
    this.#known = known;
    this.#fetchedAtMs = this.#clock.now();
  }

  async #readGroupVersion(apiVersion: string, signal: AbortSignal | undefined): Promise<void> {
    const { group, version } = parseApiVersion(apiVersion);
    const root = group === '' ? '/api' : `/apis/${encodeURIComponent(group)}`;
    const answer = await this.#read(`${root}/${encodeURIComponent(version)}`, 'application/json', signal);
    if (!answer.ok && answer.error.code !== 404) throw answer.error;
    for (const key of this.#known.keys()) if (key.startsWith(`${apiVersion} `)) this.#known.delete(key);
    if (answer.ok) addResourceList(parseBody(answer.body, 'discovery'), group, version, this.#known);
    this.#groupVersionAtMs.set(apiVersion, this.#clock.now());
  }
}

function keyOf(kind: KindRef): string {
  return `${kind.apiVersion} ${kind.kind}`;
}

function addAggregated(list: Readonly<Record<string, unknown>>, known: Kinds): void {
  for (const group of records(list['items'])) {
    const groupName = isRecord(group['metadata']) ? text(group['metadata']['name']) : '';
    for (const served of records(group['versions'])) {
      const version = text(served['version']);
      for (const resource of records(served['resources'])) {
        const kind = isRecord(resource['responseKind']) ? text(resource['responseKind']['kind']) : '';
        add(known, {
          group: groupName,
          version,
          kind,
          resource: text(resource['resource']),
          namespaced: resource['scope'] === 'Namespaced',
          verbs: texts(resource['verbs']),
        });
      }
    }
  }
}

function addResourceList(list: Readonly<Record<string, unknown>>, group: string, version: string, known: Kinds): void {
  for (const resource of records(list['resources'])) {
    const name = text(resource['name']);
    if (name.includes('/')) continue; // A subresource.
    add(known, {
      group,
      version,
      kind: text(resource['kind']),
      resource: name,
      namespaced: resource['namespaced'] === true,
      verbs: texts(resource['verbs']),
    });
  }
}

/** The first resource of a kind stands, as in client-go: some groups serve one kind under a second, virtual resource. */
function add(known: Kinds, info: ResourceInfo): void {
  if (info.kind === '' || info.resource === '' || info.version === '') return;
  const key = keyOf({ apiVersion: formatApiVersion(info.group, info.version), kind: info.kind });
  if (!known.has(key)) known.set(key, info);
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
