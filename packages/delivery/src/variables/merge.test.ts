import type { PostBuild } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { type MergedVariables, mergeVariables } from './merge.ts';

const objects: Readonly<Record<string, Partial<KubeObject>>> = {
  'ConfigMap/a': { data: { x: '1', y: '1', number: 3 } },
  'Secret/b': { data: { y: btoa('2'), umlaut: 'w6Q=', broken: '***' } },
  'Secret/fresh': { data: { x: btoa('old') }, stringData: { x: 'new' } },
};
const merge = (postBuild: PostBuild | undefined): MergedVariables =>
  mergeVariables(postBuild, ({ kind, name }) => {
    const found = objects[`${kind}/${name}`];
    return found === undefined ? undefined : { apiVersion: 'v1', kind, metadata: { name }, ...found };
  });
const values = (entries: Readonly<Record<string, string>>): MergedVariables => ({
  kind: 'values',
  values: new Map(Object.entries(entries)),
});

describe('the variables of a stage', () => {
  const cases: readonly {
    readonly name: string;
    readonly given: PostBuild | undefined;
    readonly want: MergedVariables;
  }[] = [
    { name: 'are none without postBuild', given: undefined, want: { kind: 'none' } },
    {
      name: 'are none where nothing gives a value',
      given: { substituteFrom: [{ kind: 'ConfigMap', name: 'absent', optional: true }] },
      want: { kind: 'none' },
    },
    {
      name: 'later references win, inline values over all',
      given: {
        substituteFrom: [
          { kind: 'ConfigMap', name: 'a' },
          { kind: 'Secret', name: 'b' },
        ],
        substitute: { x: 'inline' },
      },
      want: values({ x: 'inline', y: '2', umlaut: 'ä', broken: '***' }),
    },
    {
      name: 'stringData of a file wins over data',
      given: { substituteFrom: [{ kind: 'Secret', name: 'fresh' }] },
      want: values({ x: 'new' }),
    },
    {
      name: 'a required reference that is not there is named',
      given: { substituteFrom: [{ kind: 'Secret', name: 'absent' }], substitute: { x: '1' } },
      want: { kind: 'missing', reference: { kind: 'Secret', name: 'absent' } },
    },
  ];
  test.each(cases)('$name', ({ given, want }) => expect(merge(given)).toEqual(want));
});
