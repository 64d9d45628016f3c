import type { KubeObject, ManagedFieldsEntry } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { type Difference, differences } from './compare.ts';
import { ownedValues } from './owned-values.ts';

const MANAGER = 'stageset-controller';

function object(fields: Record<string, unknown>, set?: Record<string, unknown>, labels = { app: 'web' }): KubeObject {
  const entry: ManagedFieldsEntry = {
    manager: MANAGER,
    operation: 'Apply',
    apiVersion: 'apps/v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app': {} } }, ...set },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'prod', labels, ...(set === undefined ? {} : { managedFields: [entry] }) },
    ...fields,
  };
}

const containers = [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }];
const desired = object({
  spec: { replicas: 2, template: { metadata: { creationTimestamp: null }, spec: { containers } } },
});
const set = {
  'f:spec': {
    'f:replicas': {},
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:name': {},
            'f:image': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
      },
    },
  },
};
const liveContainers = [
  { name: 'sidecar', image: 'mesh:9' },
  { name: 'web', image: 'web:1', imagePullPolicy: 'Always', ports: [{ containerPort: 80, protocol: 'TCP' }] },
];
const spec = (over: Record<string, unknown> = {}, list: unknown = liveContainers) => ({
  spec: {
    replicas: 2,
    strategy: {},
    template: { metadata: {}, spec: { containers: list, dnsPolicy: 'Default' } },
    ...over,
  },
  status: { replicas: 2 },
});

const cases: readonly { name: string; live: KubeObject; want: readonly Difference[] }[] = [
  { name: 'defaults, other managers and status do not count', live: object(spec(), set), want: [] },
  {
    name: 'a changed value',
    live: object(spec({ replicas: 5 }), set),
    want: [{ kind: 'value', path: ['spec', 'replicas'] }],
  },
  {
    name: 'a changed value that another manager now holds',
    live: object(spec({ replicas: 5 }), { 'f:spec': { ...set['f:spec'], 'f:replicas': undefined } }),
    want: [{ kind: 'value', path: ['spec', 'replicas'] }],
  },
  {
    name: 'the right value in another manager’s hands',
    live: object(spec(), { 'f:spec': { 'f:template': set['f:spec']['f:template'] } }),
    want: [{ kind: 'ownership', path: ['spec', 'replicas'] }],
  },
  {
    name: 'a list item that is gone',
    live: object(spec({}, [liveContainers[0]]), set),
    want: [{ kind: 'value', path: ['spec', 'template', 'spec', 'containers', 0] }],
  },
  {
    name: 'a field that the manifest no longer has',
    live: object(spec({ paused: true }), { 'f:spec': { ...set['f:spec'], 'f:paused': {} } }),
    want: [{ kind: 'extra', path: ['spec', 'paused'] }],
  },
  {
    name: 'a label changed by hand',
    live: object(spec(), set, { app: 'other' }),
    want: [{ kind: 'value', path: ['metadata', 'labels', 'app'] }],
  },
];

describe('differences', () => {
  for (const { name, live, want } of cases) test(name, () => expect(differences(desired, live, MANAGER)).toEqual(want));

  test('an object that we never applied differs, and its values are named', () => {
    expect(differences(desired, object(spec({ replicas: 3 }, containers)), MANAGER)).toEqual([
      { kind: 'ownership', path: [] },
      { kind: 'value', path: ['spec', 'replicas'] },
    ]);
  });

  test('keys of the prototype are ordinary keys', () => {
    const data = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, unknown>;
    const fields = { 'f:data': JSON.parse('{"f:__proto__":{},"f:constructor":{}}') as Record<string, unknown> };
    expect(differences(object({ data }), object({ data }, fields), MANAGER)).toEqual([]);
    expect(differences(object({ data }), object({ data: {} }, fields), MANAGER)).toHaveLength(2);
  });
});

describe('owned values', () => {
  test('stay while others change theirs', () => {
    const before = ownedValues(object(spec(), set), MANAGER);
    expect(ownedValues(object({ ...spec({ paused: true }), status: {} }, set), MANAGER)).toEqual(before);
  });
  test('change with any of ours', () => {
    const before = ownedValues(object(spec(), set), MANAGER);
    expect(ownedValues(object(spec({ replicas: 1 }), set), MANAGER)).not.toEqual(before);
    expect(ownedValues(object(spec({}, []), set), MANAGER)).not.toEqual(before);
    expect(ownedValues(object(spec()), MANAGER)).toBeUndefined();
  });
});
