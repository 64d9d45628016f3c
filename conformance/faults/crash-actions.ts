import type { StageActions } from '@stageset/api';
import type { KubeObject, ObjectRef } from '@stageset/k8s';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { CrashCell, Release } from './crash-cell.ts';
import type { Chapter } from './crash-run.ts';
import type { HookReceiver } from './hook-receiver.ts';
import type { Cut } from './kill-relay.ts';

/** A chapter about one verb, and the cut between its effect and the record of it. */
export interface ActionChapter extends Chapter {
  readonly between: Cut;
}

interface Verb {
  readonly name: string;
  /** Of the writes, the effect. */
  readonly effect: string;
  actions(cell: CrashCell): StageActions;
  /** What is there before. */
  readonly given?: (namespace: string) => readonly KubeObject[];
  /** What the artifact holds besides the manifests of the stage. */
  readonly tools?: Release;
  /** What somebody else does meanwhile. */
  readonly meanwhile?: (cell: CrashCell) => Promise<void>;
  check(cell: CrashCell): Promise<void>;
}

const MANIFESTS: Release = { one: { a: 'v1' } };
const MAINTENANCE = 'maintenance';
const bundle = { name: 'bundle' };

const configMap = (namespace: string, name: string, value: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data: { key: value },
});
const refIn = (namespace: string, kind: string, name: string, apiVersion = 'v1'): ObjectRef => ({
  apiVersion,
  kind,
  namespace,
  name,
});
const read = (cell: CrashCell, name: string) => cell.cluster.get(refIn(cell.namespace, 'ConfigMap', name));

/** One chapter for each verb: whichever write a process dies at, its effect is there once when the release is delivered. */
export function actionChapters(receiver: () => HookReceiver): readonly ActionChapter[] {
  return verbs(receiver).map(({ name, effect, actions, given, tools, meanwhile, check }) => ({
    name,
    between: { of: effect, afterWrites: 0, loses: 'answer' },
    before: undefined,
    async happen(cell) {
      receiver().attach(cell.namespace, (hook, letIn) => cell.elsewhere(`POST receiver/${hook}`, letIn));
      for (const object of given?.(cell.namespace) ?? []) await cell.cluster.create(object);
      await cell.publish({ ...MANIFESTS, ...tools });
      await cell.applyStages(MANIFESTS, actions(cell));
      await meanwhile?.(cell);
    },
    after: MANIFESTS,
    over: (cell) => cell.delivered(MANIFESTS),
    check,
  }));
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const RULE = { apiGroups: [''], resources: ['counted'], verbs: ['get'] };

function verbs(receiver: () => HookReceiver): readonly Verb[] {
  return [
    {
      name: 'http',
      effect: 'POST receiver/tell',
      actions: ({ namespace }) => ({
        pre: [{ name: 'tell', http: { url: receiver().url(namespace, 'tell') } }],
        post: [{ name: 'once', scope: 'Lifetime', http: { url: receiver().url(namespace, 'once') } }],
      }),
      /** At least once, and every repetition under the same key. */
      async check({ namespace }) {
        for (const name of ['tell', 'once']) {
          const hits = receiver().hits(namespace, name);
          expect(new Set(hits.map(({ key }) => key)).size, `${name}: effects, told apart by their key`).toBe(1);
          expect(hits.length, `${name}: requests around one kill`).toBeLessThanOrEqual(2);
        }
      },
    },
    {
      name: 'patch',
      effect: '/roles/counter',
      given: (namespace) => [
        configMap(namespace, MAINTENANCE, 'off'),
        { apiVersion: RBAC, kind: 'Role', metadata: { name: 'counter', namespace }, rules: [RULE] },
      ],
      actions: () => ({
        pre: [
          {
            name: 'on',
            patch: { target: { kind: 'ConfigMap', name: MAINTENANCE }, patch: '{"data":{"key":"on"}}' },
          },
          {
            name: 'count',
            patch: {
              target: { apiVersion: RBAC, kind: 'Role', name: 'counter' },
              type: 'json6902',
              patch: JSON.stringify([{ op: 'add', path: '/rules/-', value: RULE }]),
            },
          },
        ],
      }),
      async check(cell) {
        const role = await cell.cluster.get(refIn(cell.namespace, 'Role', 'counter', RBAC));
        expect(role?.['rules'], 'the rule that was there, and the one of the patch').toEqual([RULE, RULE]);
        expect((await read(cell, MAINTENANCE))?.['data']).toEqual({ key: 'on' });
      },
    },
    {
      name: 'delete',
      effect: 'DELETE ',
      given: (namespace) => [configMap(namespace, MAINTENANCE, 'off')],
      actions: () => ({ pre: [{ name: 'drop', delete: { target: { kind: 'ConfigMap', name: MAINTENANCE } } }] }),
      /** Somebody takes the name as soon as it is free. */
      async meanwhile({ cluster, namespace }) {
        const selection = { apiVersion: 'v1', kind: 'ConfigMap', namespace };
        await eventually(cluster, selection, `${namespace}: it is deleted`, (found) =>
          found.some(({ metadata }) => metadata.name === MAINTENANCE) ? undefined : true,
        );
        await cluster.create(configMap(namespace, MAINTENANCE, 'of another'));
      },
      async check(cell) {
        expect((await read(cell, MAINTENANCE))?.['data']).toEqual({ key: 'of another' });
      },
    },
    {
      name: 'apply',
      effect: '/configmaps/tool',
      tools: { tools: { tool: 'x' } },
      actions: () => ({
        pre: [{ name: 'bring', apply: { sourceRef: bundle, path: 'tools', wait: true } }],
        post: [{ name: 'drop', delete: { target: { kind: 'ConfigMap', name: 'tool' } } }],
      }),
      /** What it brought does not come back when something else has taken it away since. */
      async check(cell) {
        expect(await read(cell, 'tool')).toBeUndefined();
        expect(cell.answered(/^PATCH .*\/configmaps\/tool$/, 201), 'times that it was created').toBe(1);
      },
    },
    {
      name: 'job',
      effect: '/jobs',
      tools: { jobs: { job: '' } },
      actions: () => ({ pre: [{ name: 'migrate', job: { sourceRef: bundle, path: 'jobs' } }] }),
      async check(cell) {
        const { items } = await cell.cluster.list({ apiVersion: 'batch/v1', kind: 'Job', namespace: cell.namespace });
        expect(items.length, 'Jobs').toBe(1);
        expect(cell.answered(/^POST .*\/jobs$/, 201), 'Jobs that were created').toBe(1);
      },
    },
    waiting(),
  ];
}

function waiting(): Verb {
  const began = new Map<string, string>();
  return {
    name: 'wait',
    effect: '/stagesets/app/status',
    given: (namespace) => [configMap(namespace, MAINTENANCE, 'on')],
    actions: () => ({
      pre: [
        {
          name: 'opened',
          wait: {
            target: { kind: 'ConfigMap', name: MAINTENANCE },
            expr: `has(metadata.annotations) && 'open' in metadata.annotations`,
          },
        },
      ],
    }),
    /** It is opened when the wait is in status, and not before. */
    async meanwhile(cell) {
      const { cluster, namespace } = cell;
      const selection = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageSet', namespace };
      const startedAt = await eventually(cluster, selection, `${namespace}: it waits`, ([found]) => {
        const status = found?.['status'] as { stages?: readonly { action?: { startedAt: string } }[] } | undefined;
        return status?.stages?.[0]?.action?.startedAt;
      });
      began.set(namespace, startedAt);
      expect(await cell.uidOf('a'), 'what is delivered after the wait').toBeUndefined();
      const patch = { metadata: { annotations: { open: 'yes' } } };
      await cluster.patch(refIn(namespace, 'ConfigMap', MAINTENANCE), { type: 'merge', patch });
    },
    /** Its time counts from its first start, whoever has gone on with it. */
    async check(cell) {
      const [run] = (await cell.stageSet())?.status?.stages?.[0]?.actionRuns ?? [];
      expect(run).toMatchObject({ name: 'opened', result: 'Succeeded', startedAt: began.get(cell.namespace) });
    },
  };
}
