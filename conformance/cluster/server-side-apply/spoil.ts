import type { Random } from '../../support/random.ts';

type Values = Record<string, unknown>;

/** Makes one thing about a configuration wrong, so that its type does not take it. */
export function spoil(configuration: Values, kind: string, random: Random): Values {
  const spec: Values = { ...(configuration['spec'] as Values | undefined) };
  if (kind !== 'ConfigMap') configuration['spec'] = spec;
  const metadata = configuration['metadata'] as Values;
  const wrong: (() => void)[] = [
    () => {
      configuration['nothing'] = 1;
    },
    () => {
      configuration[kind === 'ConfigMap' ? 'data' : 'spec'] = random.pick(['text', 1, true, ['a', 1]]);
    },
    () => {
      metadata['labels'] = { app: random.pick([1, true, 1.5, ['x'], { a: 'b' }]) };
    },
    () => {
      metadata['nothing'] = {};
    },
    () => {
      metadata['finalizers'] = ['example.com/a', 'example.com/a'];
    },
    () => {
      metadata['finalizers'] = [random.pick([null, {}, ['a']])];
    },
    () => {
      metadata['managedFields'] = [];
    },
    () => {
      metadata['generation'] = random.pick(['x', true, {}]);
    },
  ];
  if (kind === 'Widget') {
    wrong.push(
      () => {
        spec['items'] = [{ name: 'web' }, { name: 'web' }];
      },
      () => {
        spec['items'] = [{ value: 'x' }];
      },
      () => {
        spec['items'] = [random.pick([null, 'web', 1])];
      },
      () => {
        spec['ports'] = [{ port: 80 }, { port: 80, protocol: 'TCP' }];
      },
      () => {
        spec['tags'] = ['a', 'b', 'a'];
      },
      () => {
        spec['numbers'] = [1, 2, 1];
      },
      () => {
        spec['items'] = [{ name: 'q"q', nested: { z: 1 } }];
      },
      () => {
        spec['size'] = random.pick([{}, [1], true]);
      },
      () => {
        spec['paused'] = random.pick(['x', 1, {}]);
      },
      () => {
        spec['replicas'] = random.pick(['x', true, { a: 1 }, []]);
      },
      () => {
        spec['name'] = random.pick([1, 1.5, true, { b: 1, a: ['x', null] }, ['x', 1]]);
      },
      () => {
        spec['tags'] = random.pick(['x', 1, { a: 1 }]);
      },
    );
  }
  random.pick(wrong)();
  return configuration;
}
