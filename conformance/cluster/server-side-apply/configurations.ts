import type { Random } from '../../support/random.ts';

type Values = Record<string, unknown>;

const WORDS = ['a', 'b', 'c', 'x<y', 'é', '𝕏', 'a.b/c', 'q"q', '__proto__', 'constructor'];
/** Values that labels may have. */
const LABELS = ['', 'one', 'two'];
const TEXTS = ['', 'one', 'two', 'three', 'a&b'];

/** An object with a random part of the given fields, each made only when it is in. */
function fieldsOf(random: Random, makers: Readonly<Record<string, () => unknown>>, probability: number): Values {
  const result: Values = {};
  for (const key of random.some(Object.keys(makers), probability)) result[key] = makers[key]?.();
  return result;
}

function mapOf(random: Random, keys: readonly string[], value: () => unknown, probability = 0.4): Values {
  return Object.fromEntries(random.some(keys, probability).map((key) => [key, value()]));
}

function listOf<T>(random: Random, keys: readonly string[], item: (key: string) => T): T[] {
  return random.shuffle(random.some(keys, 0.5)).map(item);
}

export function text(random: Random): string {
  return random.pick(TEXTS);
}

function metadata(random: Random): Values {
  return fieldsOf(
    random,
    {
      labels: () => mapOf(random, ['app', 'tier', 'example.com/x'], () => random.pick(LABELS)),
      annotations: () => mapOf(random, ['note', 'example.com/note'], () => text(random)),
      finalizers: () => listOf(random, ['example.com/a', 'example.com/b'], (name) => name),
    },
    0.25,
  );
}

export function configMap(random: Random): Values {
  return {
    metadata: metadata(random),
    ...fieldsOf(
      random,
      {
        data: () => mapOf(random, ['a', 'b', 'c', 'd.e'], () => text(random)),
        binaryData: () => mapOf(random, ['bin'], () => random.pick(['AAAA', 'BBBB'])),
      },
      0.7,
    ),
  };
}

function freeValue(random: Random, depth: number): unknown {
  const kind = random.below(depth > 2 ? 4 : 7);
  if (kind === 0) return random.below(3);
  if (kind === 1) return text(random);
  if (kind === 2) return random.chance(0.5);
  if (kind === 3) return random.pick([1.5, -2, 1e-7]);
  if (kind === 4) return listOf(random, ['a', 'b'], () => freeValue(random, depth + 1));
  return mapOf(random, WORDS, () => freeValue(random, depth + 1), 0.25);
}

export function widget(random: Random, hasNulls = true): Values {
  const small = (): number => random.below(3);
  const part = (): Values => fieldsOf(random, { a: () => text(random), b: small }, 0.6);
  const tags = (): unknown => listOf(random, ['r', 's', 't', 'u'], (tag) => tag);
  const makers: Record<string, () => unknown> = {
    replicas: small,
    ratio: () => random.pick([0, 0.5, 1, 1.25]),
    name: () => text(random),
    mode: () => random.pick(['on', 'off', null]),
    paused: () => random.chance(0.5),
    size: () => random.pick([1, 2, 'big']),
    labels: () => mapOf(random, WORDS, () => text(random), 0.3),
    limits: () => mapOf(random, ['cpu', 'memory'], () => text(random)),
    part: () => ({ ...part(), ...(random.chance(0.3) ? { c: fieldsOf(random, { d: () => text(random) }, 0.6) } : {}) }),
    whole: part,
    maybe: () => (random.chance(0.3) ? null : part()),
    tags,
    numbers: () => listOf(random, ['1', '2', '0.5', '10'], Number),
    names: () => listOf(random, ['a', 'b', 'c'], (name) => name),
    steps: () => listOf(random, ['a', 'b'], part),
    ports: () =>
      listOf(random, ['80', '80/UDP', '443', '443/TCP'], (key) => {
        const [port, protocol] = key.split('/');
        return {
          port: Number(port),
          ...(protocol === undefined ? {} : { protocol }),
          ...(random.chance(0.5) ? { name: text(random) } : {}),
        };
      }).filter(distinctPort()),
    items: () =>
      listOf(random, ['web', 'db', 'q"q', '1'], (name) => ({
        name,
        ...fieldsOf(
          random,
          {
            value: () => text(random),
            nested: () => fieldsOf(random, { x: () => text(random), y: small }, 0.5),
            tags,
            env: () => listOf(random, ['A', 'B'], (env) => ({ name: env, value: text(random) })),
          },
          0.4,
        ),
      })),
    groups: () => mapOf(random, ['g1', 'g2'], () => fieldsOf(random, { a: () => text(random), tags }, 0.5)),
    free: () => mapOf(random, WORDS, () => freeValue(random, 0), 0.3),
    open: () => ({
      ...fieldsOf(random, { known: () => ({ a: text(random) }), number: small }, 0.5),
      ...mapOf(random, ['u', 'v'], () => freeValue(random, 0), 0.3),
    }),
    template: () => ({
      apiVersion: 'v1',
      kind: 'Thing',
      ...(random.chance(0.5) ? { metadata: { labels: mapOf(random, ['l'], () => random.pick(LABELS)) } } : {}),
      ...mapOf(random, ['data', 'extra'], () => freeValue(random, 1), 0.4),
    }),
    defaulted: () => fieldsOf(random, { a: () => text(random), b: small }, 0.5),
  };
  const spec = fieldsOf(random, makers, 0.22);
  if (hasNulls && random.chance(0.06)) spec[random.pick(Object.keys(makers))] = null;
  return { metadata: metadata(random), ...(random.chance(0.95) ? { spec } : {}) };
}

function distinctPort(): (port: { port: number; protocol?: string }) => boolean {
  const seen = new Set<string>();
  return ({ port, protocol = 'TCP' }) => {
    const key = `${port}/${protocol}`;
    return !seen.has(key) && seen.add(key).size > 0;
  };
}

export function widgetStatus(random: Random): Values {
  return fieldsOf(
    random,
    {
      phase: () => text(random),
      counts: () => mapOf(random, ['a', 'b'], () => random.below(3)),
      conditions: () =>
        listOf(random, ['Ready', 'Stalled'], (type) => ({ type, status: random.pick(['True', 'False']) })),
    },
    0.6,
  );
}

/** Always whole enough to be valid; the rest is a random part. */
export function deployment(random: Random): Values {
  const env = (): unknown =>
    listOf(random, ['A', 'B', 'C'], (name) => ({ name, ...(random.chance(0.8) ? { value: text(random) } : {}) }));
  const container = (name: string): Values => ({
    name,
    image: random.pick(['one:1', 'two:2']),
    ...fieldsOf(
      random,
      {
        env,
        args: () => listOf(random, ['-a', '-b'], (arg) => arg),
        ports: () =>
          listOf(random, ['80', '81'], (port) => ({
            containerPort: Number(port),
            ...(random.chance(0.5) ? { protocol: random.pick(['TCP', 'UDP']) } : {}),
            ...(random.chance(0.3) ? { name: `p${port}` } : {}),
          })),
        resources: () => ({ limits: mapOf(random, ['cpu', 'memory'], () => random.pick(['1', '500m', '2Gi'])) }),
      },
      0.3,
    ),
  });
  const others = listOf(random, ['side', 'car'], (name) => container(String(name)));
  return {
    metadata: metadata(random),
    spec: {
      selector: { matchLabels: { app: 'w' } },
      template: {
        metadata: { labels: { app: 'w', ...mapOf(random, ['l', 'm'], () => random.pick(['one', 'two'])) } },
        spec: {
          containers: random.shuffle([container('web'), ...(random.chance(0.4) ? others : [])]),
          ...fieldsOf(
            random,
            {
              nodeSelector: () => mapOf(random, ['n', 'o'], () => random.pick(LABELS)),
              volumes: () =>
                listOf(random, ['v1', 'v2'], (name) => ({
                  name,
                  ...(random.chance(0.5) ? { emptyDir: {} } : { configMap: { name: 'c' } }),
                })),
              terminationGracePeriodSeconds: () => random.pick([0, 30, 60]),
            },
            0.25,
          ),
        },
      },
      ...fieldsOf(
        random,
        {
          replicas: () => random.below(3),
          paused: () => random.chance(0.5),
          strategy: () =>
            random.chance(0.5)
              ? { type: 'Recreate', rollingUpdate: null }
              : { rollingUpdate: { maxSurge: random.pick([1, '25%']) } },
        },
        0.3,
      ),
    },
  };
}

export function service(random: Random): Values {
  const ports = random.shuffle(['80', '81', '82/UDP']).slice(0, 1 + random.below(3));
  return {
    metadata: metadata(random),
    spec: {
      ports: ports.map((key) => {
        const [port, protocol] = key.split('/');
        return {
          name: `p${port}`,
          port: Number(port),
          ...(protocol === undefined ? {} : { protocol }),
          ...(random.chance(0.5) ? { targetPort: random.pick([80, 8080, 'http']) } : {}),
        };
      }),
      ...fieldsOf(
        random,
        {
          selector: () => mapOf(random, ['app', 'tier'], () => random.pick(LABELS)),
          sessionAffinity: () => random.pick(['None', 'ClientIP']),
        },
        0.4,
      ),
    },
  };
}
