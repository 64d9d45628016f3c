import {
  configMap,
  deployment,
  service,
  text,
  widget,
  widgetStatus,
} from '../../cluster/server-side-apply/configurations.ts';
import type { Random } from '../../support/random.ts';

type Values = Record<string, unknown>;

/** One write of a sequence, without the names and versions that each cluster has of its own. */
export interface WriteStep {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the object; empty for the object itself. */
  readonly part: '' | 'status';
  readonly query: string;
  readonly type: string;
  readonly body: unknown;
  /** The version that the body names: the newest that was answered, or the first. */
  readonly lock?: 'newest' | 'first';
}

export interface Sequence {
  readonly kind: string;
  readonly steps: readonly WriteStep[];
}

export interface WrittenKind {
  readonly apiVersion: string;
  /** The collection's path below a namespace. */
  readonly path: (namespace: string) => string;
  readonly configuration: (random: Random) => Values;
}

export const KINDS: Readonly<Record<string, WrittenKind>> = {
  ConfigMap: {
    apiVersion: 'v1',
    path: (namespace) => `/api/v1/namespaces/${namespace}/configmaps`,
    configuration: configMap,
  },
  Deployment: {
    apiVersion: 'apps/v1',
    path: (namespace) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
    configuration: deployment,
  },
  Service: {
    apiVersion: 'v1',
    path: (namespace) => `/api/v1/namespaces/${namespace}/services`,
    configuration: service,
  },
  Widget: {
    apiVersion: 'conformance.stageset.test/v1',
    path: (namespace) => `/apis/conformance.stageset.test/v1/namespaces/${namespace}/widgets`,
    configuration: widget,
  },
};

const MANAGERS = ['stage', 'kubectl', 'other', 'edit'];
const MIN_STEPS = 3;
const MAX_STEPS = 12;
const JSON_TYPE = 'application/json';

export function randomSequence(random: Random): Sequence {
  const kind = random.pick(Object.keys(KINDS));
  const first = random.chance(0.5) ? create(random, kind) : apply(random, kind);
  const count = MIN_STEPS + random.below(MAX_STEPS - MIN_STEPS);
  return { kind, steps: [first, ...Array.from({ length: count }, () => randomStep(random, kind))] };
}

function randomStep(random: Random, kind: string): WriteStep {
  const dice = random.below(100);
  if (dice < 35) return apply(random, kind);
  if (dice < 50) return mergePatch(random, kind);
  if (dice < 62) return jsonPatch(random, kind);
  if (dice < 76) return strategicPatch(random, kind);
  if (dice < 90) return put(random, kind);
  if (dice < 94) return statusPatch(random, kind);
  return dice < 98 ? create(random, kind) : remove(random);
}

const configured = (random: Random, kind: string): Values => KINDS[kind]?.configuration(random) ?? {};

const manager = (random: Random): string => `fieldManager=${random.pick(MANAGERS)}`;
const dry = (random: Random): string => (random.chance(0.05) ? '&dryRun=All' : '');

function create(random: Random, kind: string): WriteStep {
  return {
    method: 'POST',
    part: '',
    query: manager(random) + dry(random),
    type: JSON_TYPE,
    body: configured(random, kind),
  };
}

function apply(random: Random, kind: string): WriteStep {
  const force = random.chance(0.4) ? '&force=true' : '';
  return {
    method: 'PATCH',
    part: '',
    query: manager(random) + force + dry(random),
    type: 'application/apply-patch+yaml',
    body: configured(random, kind),
    ...(random.chance(0.1) ? { lock: random.pick(['newest', 'first'] as const) } : {}),
  };
}

function put(random: Random, kind: string): WriteStep {
  const lock = random.chance(0.7) ? { lock: random.chance(0.85) ? ('newest' as const) : ('first' as const) } : {};
  return {
    method: 'PUT',
    part: '',
    query: manager(random) + dry(random),
    type: JSON_TYPE,
    body: configured(random, kind),
    ...lock,
  };
}

function mergePatch(random: Random, kind: string): WriteStep {
  const body = withNulls(configured(random, kind), random);
  return {
    method: 'PATCH',
    part: '',
    query: manager(random) + dry(random),
    type: 'application/merge-patch+json',
    body,
  };
}

function withNulls(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, random.chance(0.08) ? null : withNulls(each, random)]),
  );
}

function strategicPatch(random: Random, kind: string): WriteStep {
  return {
    method: 'PATCH',
    part: '',
    query: manager(random) + dry(random),
    type: 'application/strategic-merge-patch+json',
    body: withDirectives(withNulls(configured(random, kind), random), random),
  };
}

/** Now and then an item is taken away by its key, a list or a map replaced, or an order given. */
function withDirectives(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => withDirectives(item, random));
    const isOfObjects = items.length > 0 && items.every((item) => typeof item === 'object' && item !== null);
    if (isOfObjects && random.chance(0.1)) items.push({ $patch: 'replace' });
    return items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => [key, withDirectives(each, random)]);
  if (random.chance(0.04)) entries.push(['$patch', random.pick(['replace', 'delete', 'merge'])]);
  return Object.fromEntries(entries);
}

function jsonPatch(random: Random, kind: string): WriteStep {
  const paths: [string, unknown][] = [['/metadata/labels', {}], ...pathsOf(configured(random, kind), '')];
  const operations = Array.from({ length: 1 + random.below(3) }, () => {
    const [path, value] = random.pick(paths);
    const op = random.pick(['add', 'replace', 'remove', 'test', 'copy', 'move', 'add']);
    if (op === 'remove') return { op, path };
    if (op !== 'copy' && op !== 'move') return { op, path, value };
    return { op, path, from: random.pick(paths)[0] };
  });
  return {
    method: 'PATCH',
    part: '',
    query: manager(random) + dry(random),
    type: 'application/json-patch+json',
    body: operations,
  };
}

function* pathsOf(value: unknown, path: string): Generator<[string, unknown]> {
  if (path !== '' && path !== '/metadata') yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    yield* pathsOf(each, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

function statusPatch(random: Random, kind: string): WriteStep {
  const status = kind === 'Widget' ? widgetStatus(random) : { status: { observedGeneration: random.below(3) } };
  return {
    method: 'PATCH',
    part: 'status',
    query: manager(random),
    type: 'application/merge-patch+json',
    body: { ...status, metadata: { labels: { status: text(random) } } },
  };
}

function remove(random: Random): WriteStep {
  const propagationPolicy = random.pick(['Background', 'Foreground', 'Orphan']);
  return {
    method: 'DELETE',
    part: '',
    query: '',
    type: JSON_TYPE,
    body: { propagationPolicy, ...(random.chance(0.5) ? { gracePeriodSeconds: 0 } : {}) },
  };
}
