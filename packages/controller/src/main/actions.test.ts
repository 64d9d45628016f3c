import type { Action, StageActions, StageSet } from '@stageset/api';
import { UnreachableError } from '@stageset/k8s';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyOf } from './testing/receiver.ts';
import { type Cut, configMap, Scene, stageOf } from './testing/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.start();
});
afterEach(() => scene.stop());

const HOOK = 'http://hooks.example.com/told';
const CLEAN = 'http://hooks.example.com/clean';
const http = (name: string, url = HOOK, parts: Partial<Action> = {}): Action => ({ name, http: { url }, ...parts });
const patch = (name: string, target: string, value: string): Action => ({
  name,
  patch: { target: { kind: 'ConfigMap', name: target }, patch: JSON.stringify({ data: { key: value } }) },
});
const dataOf = async (name: string) => ((await scene.get({ name }))?.['data'] as { key?: string } | undefined)?.key;
const stageStatus = async (name = 'app') => (await scene.stageSet(name))?.status?.stages?.[0];
const write = { fieldManager: 'suite', force: true };

async function annotate(annotations: Readonly<Record<string, string>>): Promise<void> {
  const stageSet = (await scene.stageSet('app')) as StageSet;
  await scene.admin.patch(
    { apiVersion: stageSet.apiVersion, kind: stageSet.kind, namespace: 'default', name: 'app' },
    { type: 'merge', patch: { metadata: { annotations } } },
  );
}

describe('actions before and after a stage', () => {
  test('run in order around what is applied, once for each revision', async () => {
    await scene.admin.apply(configMap('maintenance', 'off'), write);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    const actions = { pre: [patch('on', 'maintenance', 'on')], post: [http('tell')] };
    await scene.apply('app', [stageOf('first', 'one', { actions })]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    expect(await dataOf('maintenance')).toBe('on');
    expect(scene.calls.hits(HOOK)).toBe(1);
    const order = scene.requests.filter((request) => /^PATCH .*configmaps\/(maintenance|a)/.test(request));
    expect(order.map((request) => request.split('/').at(-1)?.split('?')[0])).toEqual(['maintenance', 'a']);
    // That nothing is recorded yet is no inventory lost: nobody searches the cluster.
    expect(scene.requests.filter((request) => request === 'GET /apis')).toHaveLength(1);
    expect(await stageStatus()).toMatchObject({
      executedActions: ['on', 'tell'],
      ledgerRevision: 'r1',
      actionRuns: [
        { name: 'on', result: 'Succeeded', attempts: 1 },
        { name: 'tell', result: 'Succeeded', attempts: 1 },
      ],
    });
    expect(await stageStatus()).not.toHaveProperty('action');

    await annotate({ 'reconcile.fluxcd.io/requestedAt': 't1' });
    await scene.until('the request is answered', async () => {
      const status = (await scene.stageSet('app'))?.status;
      return status?.lastHandledReconcileAt === 't1' && status.run?.finishedAt !== undefined;
    });
    expect(scene.calls.hits(HOOK)).toBe(1);

    await scene.publish('one', 'r2', [configMap('a', 'v2')]);
    await scene.delivered('app', 'r2');
    expect(scene.calls.hits(HOOK)).toBe(2);
    expect(scene.calls.effects(HOOK)).toBe(2);
  });

  test('a failing one before the stage leaves everything as it was', async () => {
    scene.calls.statuses.set(HOOK, 500);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    const actions = { pre: [http('tell')], onFailure: [http('clean', CLEAN)] };
    await scene.apply('app', [stageOf('first', 'one', { actions })]);
    await scene.startController();
    await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toContain(
      'stage "first" pre-action: action "tell": hooks.example.com answered 500, expected 2xx',
    );
    await scene.clock.advance(60_000);
    expect(await scene.get({ name: 'a' })).toBeUndefined();
    expect(scene.calls.hits(CLEAN)).toBe(0);
    expect(scene.calls.hits(HOOK)).toBeGreaterThan(2);
    scene.calls.statuses.set(HOOK, 200);
    await scene.delivered('app', 'r1');
  });

  test('onFailure runs once for each failed delivery, and again after the stage was ready', async () => {
    scene.calls.statuses.set(HOOK, 500);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    const actions = { post: [http('tell')], onFailure: [http('clean', CLEAN)] };
    await scene.apply('app', [stageOf('first', 'one', { actions })]);
    await scene.startController();
    await scene.until('it is cleaned up', () => scene.calls.hits(CLEAN) === 1);
    await scene.clock.advance(60_000);
    expect(scene.calls.hits(CLEAN)).toBe(1);
    expect(await scene.ready('app')).toBe('False/StageFailed');
    expect(scene.calls.hits(HOOK)).toBeGreaterThan(2);
    await annotate({ 'reconcile.fluxcd.io/requestedAt': 't1' });
    await scene.clock.advance(30_000);
    expect(scene.calls.hits(CLEAN)).toBe(1);
    scene.calls.statuses.set(HOOK, 200);
    await scene.delivered('app', 'r1');
    expect((await stageStatus())?.executedActions).toEqual(['tell']);
  });
});

describe('a patch whose answer was lost', () => {
  const append: Action = {
    name: 'append',
    retries: 1,
    patch: {
      target: { kind: 'ConfigMap', name: 'log' },
      type: 'json6902',
      patch: '[{"op":"copy","from":"/data/key","path":"/data/was"},{"op":"replace","path":"/data/key","value":"new"}]',
    },
  };
  const merge = patch('append', 'log', 'new');

  test.each([
    ['list of operations', append, { key: 'new', was: 'old' }],
    ['merge', merge, { key: 'new' }],
  ])('and which the server carries out after the next try: a %s takes place once', async (_, action, want) => {
    await scene.admin.apply(configMap('log', 'old'), write);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    const late: (() => Promise<number>)[] = [];
    scene.onSend = (request, send) => {
      if (late.length > 0 || !/^PATCH .*configmaps\/log/.test(`${request.method} ${request.path}`)) return undefined;
      late.push(async () => (await send()).status);
      return Promise.reject(new UnreachableError('the connection broke off'));
    };
    await scene.apply('app', [stageOf('first', 'one', { actions: { pre: [{ ...action, retries: 1 }] } })]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    expect((await scene.get({ name: 'log' }))?.['data']).toEqual(want);
    // What others do with it afterwards is not undone either.
    await scene.admin.apply(configMap('log', 'newer'), write);
    expect(await Promise.all(late.map((arrive) => arrive()))).toEqual([409]);
    expect((await scene.get({ name: 'log' }))?.['data']).toEqual({ ...want, key: 'newer' });
  });

  test('and which was carried out: it is not sent again', async () => {
    await scene.admin.apply(configMap('log', 'old'), write);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    let isLost = false;
    scene.onSend = async (request, send) => {
      if (isLost || !/^PATCH .*configmaps\/log/.test(`${request.method} ${request.path}`)) return send();
      isLost = true;
      await send();
      throw new UnreachableError('the connection broke off');
    };
    await scene.apply('app', [stageOf('first', 'one', { actions: { pre: [append] } })]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    expect((await scene.get({ name: 'log' }))?.['data']).toEqual({ key: 'new', was: 'old' });
  });

  test('an object that somebody else changes at the same time is patched in its newest version', async () => {
    await scene.admin.apply(configMap('log', 'old'), write);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    let changes = 0;
    scene.onWrite = async (request) => {
      if (!/^PATCH .*configmaps\/log/.test(request) || changes >= 3) return;
      changes += 1;
      await scene.admin.apply(configMap('log', `old-${changes}`), write);
    };
    await scene.apply('app', [stageOf('first', 'one', { actions: { pre: [append] } })]);
    await scene.startController();
    await scene.delivered('app', 'r1');
    expect((await scene.get({ name: 'log' }))?.['data']).toEqual({ key: 'new', was: 'old-3' });
    expect((await stageStatus())?.actionRuns).toMatchObject([{ attempts: 1, result: 'Succeeded' }]);
  });

  test('an object that never stands still fails the action, which says so', async () => {
    await scene.admin.apply(configMap('log', 'old'), write);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    let changes = 0;
    scene.onWrite = async (request) => {
      if (!/^PATCH .*configmaps\/log/.test(request)) return;
      changes += 1;
      await scene.admin.apply(configMap('log', `old-${changes}`), write);
    };
    await scene.apply('app', [stageOf('first', 'one', { actions: { pre: [append] } })]);
    await scene.startController();
    await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
    expect(await scene.message('app')).toContain('ConfigMap default/log has changed each of the 10 times');
  });
});

test('a receiver that hangs is given up when the time is over, and asked again under the same key', async () => {
  scene.calls.onCall = (_, signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  const pre = [http('tell', HOOK, { timeout: '2s' })];
  await scene.apply('app', [stageOf('first', 'one', { actions: { pre } })]);
  await scene.startController();
  await scene.until('it has failed', async () => (await scene.ready('app')) === 'False/StageFailed');
  expect(await scene.message('app')).toContain('action "tell": timed out after 2s');
  expect(scene.calls.givenUp).toBe(1);
  scene.calls.onCall = undefined;
  await scene.delivered('app', 'r1');
  expect(scene.calls.hits(HOOK)).toBe(2);
  expect(scene.calls.effects(HOOK)).toBe(1);
});

test('a StageLedger that somebody else writes at the same time is written over again, and nothing is repeated', async () => {
  const ref = { apiVersion: 'stages.metio.wtf/v1', kind: 'StageLedger', namespace: 'default', name: 'app' };
  let writes = 0;
  scene.onWrite = async (request) => {
    if (!/^PATCH .*stageledgers\/app\/status/.test(request) || ++writes > 4) return;
    await scene.admin.patch(ref, { type: 'merge', patch: { metadata: { annotations: { other: `${writes}` } } } });
  };
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  const pre = [http('seed', HOOK, { scope: 'Lifetime' })];
  await scene.apply('app', [stageOf('first', 'one', { actions: { pre } })]);
  await scene.startController();
  await scene.delivered('app', 'r1');
  expect(writes).toBeGreaterThan(4);
  expect(scene.calls.hits(HOOK)).toBe(1);
  expect((await scene.admin.get(ref))?.['status']).toMatchObject({ completedActions: [{ action: 'seed' }] });
});

test('the key of a request outlives the process that sends it, and is another for another effect', async () => {
  let isAsked = false;
  let goOn = (): void => {};
  scene.calls.onCall = () =>
    new Promise((resolve) => {
      isAsked = true;
      goOn = resolve;
    });
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  await scene.apply('app', [stageOf('first', 'one', { actions: { pre: [http('tell'), http('clean', CLEAN)] } })]);
  await scene.startController();
  await scene.until('it is asked', () => isAsked);
  // The controller dies while nobody knows what came of it.
  scene.calls.onCall = undefined;
  const stopped = scene.stopController();
  goOn();
  await stopped;
  expect(scene.calls.seen).toHaveLength(1);
  await scene.startController();
  await scene.delivered('app', 'r1');
  await scene.publish('one', 'r2', [configMap('a', 'v2')]);
  await scene.delivered('app', 'r2');
  const keys = scene.calls.seen.map((call) => [call.url, keyOf(call)] as const);
  expect(keys.map(([url]) => url)).toEqual([HOOK, HOOK, CLEAN, HOOK, CLEAN]);
  const [sent, repeated, ...others] = keys.map(([, key]) => key);
  expect(sent).toMatch(/^[0-9a-z-]{8,}$/);
  expect(repeated).toBe(sent);
  expect(new Set([sent, ...others]).size).toBe(4);
});

interface Chapter {
  readonly name: string;
  readonly actions: StageActions;
  /** What an undisturbed controller leaves: effects at the receiver, and what objects hold. */
  readonly effects: number;
  readonly world: Readonly<Record<string, string | undefined>>;
}

const JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'migrate' },
  spec: {
    ttlSecondsAfterFinished: 1,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'registry.example.com/migrate' }] } },
  },
};
const append = JSON.stringify([
  { op: 'add', path: '/data/log', value: 'x' },
  { op: 'copy', from: '/data/key', path: '/data/was' },
]);

/** For each verb: whatever request is the last of a controller, what the next one leaves is the same. */
const chapters: readonly Chapter[] = [
  {
    name: 'http by revision',
    actions: { pre: [http('tell')], post: [http('after', CLEAN)] },
    effects: 1,
    world: { maintenance: 'off' },
  },
  {
    name: 'http once ever',
    actions: { pre: [http('tell', HOOK, { scope: 'Lifetime' })] },
    effects: 1,
    world: { maintenance: 'off' },
  },
  {
    name: 'a merge patch, and a list of operations',
    actions: {
      pre: [
        patch('on', 'maintenance', 'on'),
        {
          name: 'append',
          patch: { target: { kind: 'ConfigMap', name: 'maintenance' }, type: 'json6902', patch: append },
        },
      ],
    },
    effects: 0,
    world: { maintenance: 'on' },
  },
  {
    name: 'a delete',
    actions: { pre: [{ name: 'drop', delete: { target: { kind: 'ConfigMap', name: 'maintenance' } } }] },
    effects: 0,
    world: { maintenance: undefined },
  },
  {
    name: 'an apply and its delete',
    actions: {
      pre: [{ name: 'bring', apply: { sourceRef: { name: 'tools' }, wait: true } }],
      post: [{ name: 'drop', delete: { target: { kind: 'ConfigMap', name: 'tool' } } }],
    },
    effects: 0,
    world: { maintenance: 'off', tool: undefined },
  },
  {
    name: 'a job',
    actions: { pre: [{ name: 'migrate', job: { sourceRef: { name: 'jobs' } } }] },
    effects: 0,
    world: { maintenance: 'off' },
  },
];

async function play({ actions, effects, world, name }: Chapter, cut: Cut): Promise<boolean> {
  await scene.admin.apply(configMap('maintenance', 'off'), write);
  await scene.publish('tools', 'r1', [configMap('tool', 'x')]);
  await scene.publish('jobs', 'r1', [JOB]);
  await scene.publish('one', 'r1', [configMap('a', 'v1')]);
  const made = new Set<string>();
  scene.onWrite = async (request) => {
    if (/^POST .*\/jobs\b/.test(request)) made.add(request);
  };
  await scene.apply('app', [stageOf('first', 'one', { actions })]);
  await scene.startController(cut);
  await scene.until(
    'it is done or cut off',
    async () => scene.isCut || (await scene.ready('app')) === 'True/Succeeded',
  );
  const wasCut = scene.isCut;
  await scene.stopController();
  await scene.startController();
  await scene.delivered('app', 'r1');
  const told = `${name}, cut ${cut.loses} ${cut.afterWrites}`;
  expect(scene.calls.effects(HOOK), told).toBe(effects);
  expect(scene.calls.hits(HOOK), told).toBeLessThanOrEqual(effects * 2);
  for (const [object, value] of Object.entries(world)) expect(await dataOf(object), told).toBe(value);
  const jobs = await scene.admin.list({ apiVersion: 'batch/v1', kind: 'Job' });
  expect(jobs.items.length, told).toBe(name === 'a job' ? 1 : 0);
  return wasCut;
}

describe.each(chapters)('a controller that is killed around $name', (chapter) => {
  test.each(['request', 'answer'] as const)(
    'loses any %s and nothing takes place twice',
    async (loses) => {
      for (let afterWrites = 0; await play(chapter, { afterWrites, loses }); afterWrites++) {
        expect(afterWrites).toBeLessThan(40);
        await scene.stop();
        scene = await Scene.start();
      }
    },
    180_000,
  );
});

describe('an action that looks at an object which is watched already', () => {
  const gate = { kind: 'ConfigMap', name: 'gate' };
  const look = (name: string, expr: string): Action => ({ name, wait: { expr, target: gate } });

  test.each<{ name: string; actions: StageActions }>([
    {
      name: 'waits for it after another one has',
      actions: { pre: [look('one', 'data.key == "open"'), look('other', 'metadata.name == "gate"')] },
    },
    {
      name: 'deletes it after another one has waited for it',
      actions: { pre: [look('one', 'data.key == "open"'), { name: 'remove', delete: { target: gate } }] },
    },
    {
      name: 'deletes it after one that is done once ever',
      actions: { pre: [http('seed', HOOK, { scope: 'Lifetime' }), { name: 'remove', delete: { target: gate } }] },
    },
  ])('$name, and is not left alone with it', async ({ actions }) => {
    await scene.admin.apply(configMap('gate', 'open'), write);
    await scene.publish('one', 'r1', [configMap('a', 'v1')]);
    await scene.apply('app', [stageOf('first', 'one', { actions })]);
    await scene.startController();
    const startedMs = scene.clock.now();
    await scene.delivered('app', 'r1');
    // Nothing but its own wake-ups may have brought it here: no interval has passed.
    expect(scene.clock.now() - startedMs).toBeLessThan(5_000);
  });
});
