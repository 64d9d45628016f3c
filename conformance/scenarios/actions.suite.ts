import { type Action, API_VERSION, type StageActions, type StageSet, type StageSetSpec } from '@stageset/api';
import { startCluster } from '@stageset/apiserver';
import type { KubeObject } from '@stageset/k8s';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMap, Scenario, stage } from './fixture.ts';
import { HttpReceiver } from './receiver.ts';

let world: Scenario;
let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await HttpReceiver.start();
  world = await Scenario.start({ allowedActionHosts: ['127.0.0.1'] });
});
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

const dataOf = (object: KubeObject | undefined) => object?.['data'] as { readonly key?: string } | undefined;
const post = (name: string, path: string, parts: Partial<Action> = {}): Action => ({
  name,
  http: { url: receiver.url(path) },
  ...parts,
});
const ledger = (namespace: string) => ({ apiVersion: API_VERSION, kind: 'StageLedger', namespace, name: 'app' });
const stageSetRef = (namespace: string) => ({ apiVersion: API_VERSION, kind: 'StageSet', namespace, name: 'app' });
const write = { fieldManager: 'suite', force: true };

const publish = (ns: string, value: string) => world.publish(ns, 'ea', { 'obj.yaml': configMap('obj', ns, value) });

/** A StageSet `app` with one stage `stage-a` of these actions. */
function apply(ns: string, actions: StageActions, spec: Partial<StageSetSpec> = {}): Promise<KubeObject> {
  return world.stageSet(ns, 'app', { retryInterval: '1s', stages: [stage('stage-a', 'ea', { actions })], ...spec });
}

async function annotate(ns: string, annotations: Readonly<Record<string, string>>): Promise<void> {
  await world.cluster.patch(stageSetRef(ns), { type: 'merge', patch: { metadata: { annotations } } });
}

function messageOf(status: StageSet['status']): string {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
}

/** Waits until a request to look again was answered by a whole run. */
async function asked(ns: string, token: string): Promise<StageSet> {
  await annotate(ns, { 'reconcile.fluxcd.io/requestedAt': token });
  return world.stageSetIs(ns, 'app', `request ${token} is answered`, isAnswered(token));
}

const isAnswered =
  (token: string) =>
  ({ status }: StageSet): boolean =>
    status?.lastHandledReconcileAt === token && status.run?.finishedAt !== undefined;

describe('actions by revision', () => {
  test('S-031 a patch before the stage is applied', async () => {
    const ns = await world.suite.namespace();
    await world.cluster.apply(JSON.parse(configMap('maintenance', ns, 'off')) as KubeObject, write);
    const revision = await publish(ns, 'v1');
    const target = { kind: 'ConfigMap', name: 'maintenance' };
    await apply(ns, { pre: [{ name: 'on', patch: { target, patch: '{"data":{"key":"on"}}' } }] });
    await world.delivered(ns, 'app', revision);
    expect(dataOf(await world.get(ns, 'ConfigMap', 'maintenance'))).toEqual({ key: 'on' });
    expect(dataOf(await world.get(ns, 'ConfigMap', 'obj'))).toEqual({ key: 'v1' });
    const order = world.requests.filter(
      ({ path, method }) => method === 'PATCH' && path.includes(`/${ns}/configmaps/`),
    );
    expect(order.map(({ path }) => path.split('/').at(-1)?.split('?')[0])).toEqual(['maintenance', 'obj']);
  });

  test('S-032 once a revision, however often it is looked at', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    const revision = await publish(ns, 'v1');
    await apply(ns, { post: [post('tell', path)] });
    await world.delivered(ns, 'app', revision);
    await asked(ns, 't1');
    await asked(ns, 't2');
    expect(receiver.count(path)).toBe(1);
    await world.delivered(ns, 'app', await publish(ns, 'v2'));
    expect(receiver.count(path)).toBe(2);
    expect(receiver.effects(path)).toBe(2);
  });

  test('S-033 deleting what is not there is done', async () => {
    const ns = await world.suite.namespace();
    const old = await world.cluster.apply(JSON.parse(configMap('old', ns, 'x')) as KubeObject, write);
    expect(old.metadata.uid).toBeDefined();
    const revision = await publish(ns, 'v1');
    await apply(ns, { pre: [{ name: 'drop', delete: { target: { kind: 'ConfigMap', name: 'old' } } }] });
    await world.delivered(ns, 'app', revision);
    expect(await world.get(ns, 'ConfigMap', 'old')).toBeUndefined();
    await world.delivered(ns, 'app', await publish(ns, 'v2'));
  });

  test('S-034 what is applied for a while is in no inventory', async () => {
    const ns = await world.suite.namespace();
    await world.publish(ns, 'extra', { 'tool.yaml': configMap('tool', ns, 'x') });
    const revision = await publish(ns, 'v1');
    const pre: Action[] = [{ name: 'bring', apply: { sourceRef: { name: 'extra' }, wait: true } }];
    const target = { kind: 'ConfigMap', name: 'tool' };
    const during: Action = { name: 'look', wait: { expr: 'metadata.name == "tool"', target } };
    await apply(ns, { pre: [...pre, during], post: [{ name: 'remove', delete: { target } }] });
    await world.delivered(ns, 'app', revision);
    expect(await world.get(ns, 'ConfigMap', 'tool')).toBeUndefined();
    expect(await world.inventory(ns, 'app')).toEqual(new Map([['stage-a', [`${ns}_obj__ConfigMap`]]]));
  });

  test('S-035 an expression about another object is waited for, and wakes the stage when it holds', async () => {
    const ns = await world.suite.namespace();
    const target = { kind: 'ConfigMap', name: 'gate' };
    const revision = await publish(ns, 'v1');
    await apply(ns, { pre: [{ name: 'look', wait: { expr: 'data.key == "open"', target } }] });
    const says = (said: string) =>
      world.stageSetIs(ns, 'app', said, ({ status }) => status?.stages?.[0]?.message?.includes(said) === true);
    await says('waiting for ConfigMap gate, which is not there');
    await world.cluster.apply(JSON.parse(configMap('gate', ns, 'closed')) as KubeObject, write);
    await says('waiting for ConfigMap gate to be as its expression says');
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    await world.cluster.apply(JSON.parse(configMap('gate', ns, 'open')) as KubeObject, write);
    await world.delivered(ns, 'app', revision);
  });

  test('S-035 an expression that never holds fails its stage when its time is over, and says what it saw', async () => {
    const ns = await world.suite.namespace();
    await world.cluster.apply(JSON.parse(configMap('gate', ns, 'closed')) as KubeObject, write);
    await publish(ns, 'v1');
    const wait = { expr: 'data.kee == "open"', target: { kind: 'ConfigMap', name: 'gate' }, timeout: '1s' };
    await apply(ns, { pre: [{ name: 'look', wait }] });
    // It is tried again: a slow cluster may not have shown the object to the first attempt.
    const said = /action "look": timed out after 1s: ConfigMap gate: .*no such key: kee/;
    await world.ready(ns, 'app', 'False', 'StageFailed', ({ status }) => said.test(messageOf(status)));
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
  });

  test('S-036 onFailure runs once', async () => {
    const ns = await world.suite.namespace();
    receiver.statuses.set(`/${ns}/tell`, 500);
    await publish(ns, 'v1');
    await apply(ns, { post: [post('tell', `/${ns}/tell`)], onFailure: [post('clean', `/${ns}/clean`)] });
    await world.ready(ns, 'app', 'False', 'StageFailed', () => receiver.count(`/${ns}/tell`) >= 3);
    expect(receiver.count(`/${ns}/clean`)).toBe(1);
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    const message = status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    expect(message).toContain('stage "stage-a" post-action: action "tell": 127.0.0.1:');
    expect(JSON.stringify(status)).not.toContain('nobody shall repeat');
    await annotate(ns, { 'reconcile.fluxcd.io/requestedAt': 't1' });
    const before = receiver.count(`/${ns}/tell`);
    await world.ready(ns, 'app', 'False', 'StageFailed', () => receiver.count(`/${ns}/tell`) >= before + 2);
    expect(receiver.count(`/${ns}/clean`)).toBe(1);
  });

  test('S-037 a failure before the stage touches nothing', async () => {
    const ns = await world.suite.namespace();
    receiver.statuses.set(`/${ns}/tell`, 503);
    await publish(ns, 'v1');
    await apply(ns, { pre: [post('tell', `/${ns}/tell`)], onFailure: [post('clean', `/${ns}/clean`)] });
    await world.ready(ns, 'app', 'False', 'StageFailed', () => receiver.count(`/${ns}/tell`) >= 2);
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    expect(receiver.count(`/${ns}/clean`)).toBe(0);
  });
});

describe('actions by version', () => {
  test('S-038 and S-039 a new revision of the same version does not run them, a reset does', async () => {
    const ns = await world.suite.namespace();
    const [each, once] = [`/${ns}/revision`, `/${ns}/version`];
    const actions = { post: [post('each', each), post('once', once, { scope: 'Version' })] };
    await apply(ns, actions, { version: { value: '1.0.0' } });
    await world.delivered(ns, 'app', await publish(ns, 'v1'));
    await world.delivered(ns, 'app', await publish(ns, 'v2'));
    expect([receiver.count(each), receiver.count(once)]).toEqual([2, 0]);
    await world.event(ns, 'ActionSkipped');
    await apply(ns, actions, { version: { value: '2.0.0' } });
    const { status } = await world.stageSetIs(ns, 'app', 'version 2.0.0', (found) => found.status?.version === '2.0.0');
    expect(status?.stages?.[0]).toMatchObject({ executedVersionActions: ['once'], ledgerVersion: '2.0.0' });
    expect(receiver.count(once)).toBe(1);

    await annotate(ns, { 'stages.metio.wtf/reset-scope': 't1' });
    const again = await asked(ns, 't1');
    expect(again.status?.lastHandledResetScope).toBe('t1');
    expect(receiver.count(once)).toBe(2);
    await asked(ns, 't2');
    expect(receiver.count(once)).toBe(2);
    expect(receiver.count(each)).toBe(2);
  });
});

describe('actions once ever', () => {
  test('S-040 also for a StageSet that is created anew', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/bootstrap`;
    const actions = { pre: [post('bootstrap', path, { scope: 'Lifetime' })] };
    await apply(ns, actions);
    await world.delivered(ns, 'app', await publish(ns, 'v1'));
    await world.delivered(ns, 'app', await publish(ns, 'v2'));
    expect((await world.cluster.get(ledger(ns)))?.['status']).toMatchObject({
      completedActions: [{ stage: 'stage-a', action: 'bootstrap', origin: 'Executed', digest: expect.any(String) }],
    });
    await world.cluster.delete(stageSetRef(ns));
    await world.gone(stageSetRef(ns));
    await apply(ns, actions);
    await world.delivered(ns, 'app', await publish(ns, 'v3'));
    expect(receiver.count(path)).toBe(1);
    await world.event(ns, 'LedgerAdopted');
  });

  test('S-041 a baseline counts as done', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/bootstrap`;
    const baseline = ['bootstrap', 'later'].map((action) => ({ stage: 'stage-a', action }));
    await world.cluster.create({
      apiVersion: API_VERSION,
      kind: 'StageLedger',
      metadata: { name: 'app', namespace: ns },
      spec: { baseline },
    });
    const bootstrap = post('bootstrap', path, { scope: 'Lifetime' });
    await apply(ns, { pre: [bootstrap] });
    await world.delivered(ns, 'app', await publish(ns, 'v1'));
    expect(receiver.count(path)).toBe(0);
    const done = { stage: 'stage-a', action: 'bootstrap', origin: 'Baselined' };
    await world.object(ledger(ns), 'has the completion and what is unresolved', ({ status }) => {
      expect(status).toMatchObject({ completedActions: [done] });
      const { conditions = [] } = status as { conditions?: { type: string; reason: string }[] };
      return conditions.some(({ type, reason }) => type === 'BaselineValid' && reason === 'Unresolved');
    });
    const event = await world.event(ns, 'BaselineInvalid');
    expect(event).toMatchObject({ type: 'Warning', regarding: { kind: 'StageLedger', name: 'app' } });

    await apply(ns, { pre: [bootstrap, post('later', path, { scope: 'Lifetime' })] });
    await world.object(ledger(ns), 'is resolved', ({ status }) => {
      const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; reason: string }[] };
      return conditions.some(({ type, reason }) => type === 'BaselineValid' && reason === 'AllResolved');
    });
    await world.delivered(ns, 'app', await publish(ns, 'v2'));
    expect(receiver.count(path)).toBe(0);
  });

  test('S-042 an anchor witnesses what is done', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/seed`;
    const completionAnchor = { apiVersion: 'v1', kind: 'ConfigMap', name: 'obj' };
    await apply(ns, { post: [post('seed', path, { scope: 'Lifetime', completionAnchor })] });
    await world.delivered(ns, 'app', await publish(ns, 'v1'));
    const uidOf = (object: KubeObject) =>
      (object['status'] as { completedActions?: { anchor?: { uid: string } }[] })?.completedActions?.[0]?.anchor?.uid;
    const first = (await world.get(ns, 'ConfigMap', 'obj'))?.metadata.uid;
    await world.object(ledger(ns), 'names the witness', (object) => uidOf(object) === first);
    await world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'obj' });
    await world.event(ns, 'LedgerInvalidated');
    await world.object(ledger(ns), 'names another', (object) => ![undefined, first].includes(uidOf(object)));
    expect(receiver.count(path)).toBe(2);
    expect(receiver.effects(path)).toBe(2);
  });

  test('S-042 without its witness nothing is recorded, and nothing is repeated', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/seed`;
    const completionAnchor = { apiVersion: 'v1', kind: 'ConfigMap', name: 'witness' };
    await publish(ns, 'v1');
    await apply(ns, { post: [post('seed', path, { scope: 'Lifetime', completionAnchor })] });
    await world.ready(ns, 'app', 'False', 'StageFailed');
    expect((await world.cluster.get(ledger(ns)))?.['status']).not.toHaveProperty('completedActions.0');
    await world.cluster.apply(JSON.parse(configMap('witness', ns, 'x')) as KubeObject, write);
    await world.ready(ns, 'app', 'True', 'Succeeded');
    expect(receiver.count(path)).toBe(1);
  });

  test('S-043 and S-046 five failures halt it until somebody asks', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/seed`;
    receiver.statuses.set(path, 500);
    await publish(ns, 'v1');
    await apply(ns, { pre: [post('seed', path, { scope: 'Lifetime' })] });
    const { status } = await world.ready(ns, 'app', 'False', 'ActionDirty');
    expect(status?.actionFailureCount).toBe(5);
    expect(receiver.count(path)).toBe(5);
    await annotate(ns, { 'example.com/other': 'x' });
    const revision = await publish(ns, 'v2');
    await world.stageSetIs(ns, 'app', 'is halted for the new revision too', (found) => {
      const isNew = found.status?.run?.pins[0]?.revision === revision;
      return isNew && found.status?.conditions?.find(({ type }) => type === 'Ready')?.reason === 'ActionDirty';
    });
    expect(receiver.count(path)).toBe(5);
    await annotate(ns, { 'reconcile.fluxcd.io/requestedAt': 't1' });
    await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(receiver.count(path)).toBeGreaterThan(5);
    receiver.statuses.set(path, 200);
    const healed = await world.delivered(ns, 'app', revision);
    expect(healed.status?.actionFailureCount).toBe(0);
  });

  test('S-043 a stage without such an action never halts', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    receiver.statuses.set(path, 500);
    await publish(ns, 'v1');
    await apply(ns, { pre: [post('tell', path)] });
    await world.ready(ns, 'app', 'False', 'StageFailed', () => receiver.count(path) >= 6);
  });
});

describe('running a stage again', () => {
  test('S-044 and S-045 its actions run once for each token', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    await apply(ns, { post: [post('tell', path)] });
    await world.delivered(ns, 'app', await publish(ns, 'v1'));
    await annotate(ns, { 'stages.metio.wtf/reconcile-stage': 'stage-a@t1' });
    await world.stageSetIs(ns, 'app', 'the token is handled', ({ status }) => {
      return status?.stages?.[0]?.lastHandledReconcileAt === 't1' && status.run?.finishedAt !== undefined;
    });
    expect(receiver.count(path)).toBe(2);
    expect(receiver.effects(path)).toBe(2);

    const broken = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'slow', namespace: ns } };
    const spec = { containers: [{ name: 'c', image: 'registry.example.com/missing' }], nodeSelector: { none: 'such' } };
    await world.publish(ns, 'ea', { 'pod.yaml': JSON.stringify({ ...broken, spec }) });
    await world.stageSetIs(ns, 'app', 'waits', ({ status }) => status?.stages?.[0]?.phase === 'Verifying');
    await world.delivered(ns, 'app', await publish(ns, 'v3'));
    expect(receiver.count(path)).toBe(3);
  });
});

describe('what cannot be meant', () => {
  const target = { kind: 'ConfigMap', name: 'gate' };
  const refused: readonly { name: string; action: Record<string, unknown>; says: RegExp }[] = [
    { name: 'a verb that there is not', action: { fly: {} }, says: /fly|exactly one of patch, http/ },
    { name: 'no verb', action: {}, says: /exactly one of patch, http, wait, job, delete, apply must be set/ },
    {
      name: 'two verbs',
      action: { wait: { duration: '1s' }, delete: { target } },
      says: /exactly one of patch, http, wait, job, delete, apply must be set/,
    },
    { name: 'a time-out that is none', action: { timeout: '1x', wait: { duration: '1s' } }, says: /timeout.*1x/ },
  ];
  test.each(refused)('$name is refused by the server', async ({ action, says }) => {
    const ns = await world.suite.namespace();
    await expect(apply(ns, { pre: [{ name: 'act', ...action } as Action] })).rejects.toThrow(says);
  });

  const invalid: readonly { name: string; action: Partial<Action>; says: RegExp }[] = [
    {
      name: 'a URL that is none',
      action: { http: { url: 'ftp://example.com' } },
      says: /url is not an http or https URL/,
    },
    {
      name: 'an expression that has no end',
      action: { wait: { expr: 'data.key == ', target } },
      says: /wait\.expr cannot be used as an expression, at character \d+: Syntax error/,
    },
    {
      name: 'an expression with a slip of the pen',
      action: { wait: { expr: 'dta.key == "x"', target } },
      says: /wait\.expr cannot be used as an expression, at character 1: .*did you mean data\?/,
    },
    {
      name: 'an expression that is no condition',
      action: { wait: { expr: '"open"', target } },
      says: /wait\.expr cannot be used as an expression.*bool/,
    },
    {
      name: 'a patch that is no JSON',
      action: { patch: { target, patch: 'key: value' } },
      says: /patch\.patch is not JSON/,
    },
  ];
  test.each(invalid)('$name is told at once, with its place, and nothing begins', async ({ action, says }) => {
    const ns = await world.suite.namespace();
    await publish(ns, 'v1');
    await apply(ns, { pre: [{ name: 'act', ...action }] });
    const { status } = await world.ready(ns, 'app', 'False', 'InvalidSpec');
    expect(messageOf(status)).toMatch(says);
    expect(messageOf(status)).toContain('spec.stages[0].actions.pre[0].');
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
  });

  test.each(['http://169.254.169.254/latest', 'http://[::1]/', 'http://other.example.com/'])(
    'a host that may not be asked (%s) is named, with the flag that would allow it',
    async (url) => {
      const ns = await world.suite.namespace();
      await publish(ns, 'v1');
      await apply(ns, { pre: [{ name: 'tell', retries: 3, http: { url } }] });
      const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
      expect(messageOf(status)).toMatch(/action "tell": .*--allowed-action-hosts/);
      expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
    },
  );
});

describe('what cannot be done', () => {
  const failures: readonly { name: string; action: Action; says: RegExp }[] = [
    {
      name: 'a patch of an object that is not there',
      action: { name: 'act', patch: { target: { kind: 'ConfigMap', name: 'none' }, patch: '{"data":{}}' } },
      says: /action "act": ConfigMap \S*none.* not found/,
    },
    {
      name: 'a patch that fits no object',
      action: {
        name: 'act',
        patch: {
          target: { kind: 'ConfigMap', name: 'kube-root-ca.crt' },
          type: 'json6902',
          patch: '[{"op":"remove","path":"/data/none"}]',
        },
      },
      says: /action "act": ConfigMap \S+: JSON patch: .*\/data\/none/,
    },
    {
      name: 'a patch that makes an object invalid',
      action: {
        name: 'act',
        patch: { target: { kind: 'ConfigMap', name: 'kube-root-ca.crt' }, patch: '{"data":{"a b":"x"}}' },
      },
      says: /action "act": ConfigMap kube-root-ca.crt: .*data\[a b\]/,
    },
    {
      name: 'a kind that the cluster does not have',
      action: { name: 'act', delete: { target: { apiVersion: 'example.com/v1', kind: 'Engine', name: 'none' } } },
      says: /action "act": .*no kind Engine/,
    },
  ];
  test.each(failures)('$name: fails its stage, and says why', async ({ action, says }) => {
    const ns = await world.suite.namespace();
    await world.object({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'kube-root-ca.crt' }, 'is there');
    await publish(ns, 'v1');
    await apply(ns, { pre: [action] });
    const { status } = await world.stageSetIs(ns, 'app', 'has failed', (found) => says.test(messageOf(found.status)));
    expect(status?.stages?.[0]?.phase).toBe('Failed');
    expect(await world.get(ns, 'ConfigMap', 'obj')).toBeUndefined();
  });

  test('a patch of all that match, where nothing does, is done', async () => {
    const ns = await world.suite.namespace();
    const target = { kind: 'ConfigMap', selector: { matchLabels: { tier: 'none' } } };
    const revision = await publish(ns, 'v1');
    await apply(ns, { pre: [{ name: 'act', patch: { target, patch: '{"data":{"key":"on"}}' } }] });
    await world.delivered(ns, 'app', revision);
  });

  test('a receiver that never answers is given up when its time is over, and asked again under the same key', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    receiver.pranks.set(path, 'silence');
    const revision = await publish(ns, 'v1');
    await apply(ns, { pre: [post('tell', path, { timeout: '1s' })] });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(messageOf(status)).toContain('action "tell": timed out after 1s');
    receiver.pranks.delete(path);
    await world.delivered(ns, 'app', revision);
    expect(receiver.count(path)).toBeGreaterThan(1);
    expect(receiver.effects(path)).toBe(1);
  });

  test('a receiver that answers what is no HTTP is told of, without what it said', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    receiver.pranks.set(path, 'noise');
    const revision = await publish(ns, 'v1');
    await apply(ns, { pre: [post('tell', path)] });
    const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
    expect(messageOf(status)).toMatch(/action "tell": 127\.0\.0\.1:\d+ answered with what is no HTTP/);
    expect(JSON.stringify(status)).not.toContain('what is this');
    receiver.pranks.delete(path);
    await world.delivered(ns, 'app', revision);
  });

  test('of an answer that has no end, no more is read than is needed', async () => {
    const ns = await world.suite.namespace();
    const path = `/${ns}/tell`;
    receiver.pranks.set(path, 'flood');
    const revision = await publish(ns, 'v1');
    await apply(ns, { pre: [post('tell', path)] });
    await world.delivered(ns, 'app', revision);
    expect(receiver.count(path)).toBe(1);
    // What the buffers of both ends hold comes on top of what is read.
    expect(receiver.taken.get(path)).toBeLessThan(32 * 1024 * 1024);
  });

  test('a receiver with a certificate that nobody vouches for gets nothing to see', async () => {
    const ns = await world.suite.namespace();
    const untrusted = await startCluster({ clock: systemClock });
    try {
      await publish(ns, 'v1');
      await apply(ns, { pre: [{ name: 'tell', http: { url: `${untrusted.url}/version` } }] });
      const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
      expect(messageOf(status)).toMatch(/action "tell": 127\.0\.0\.1:\d+ shows a certificate that is not trusted \(/);
    } finally {
      await untrusted.stop();
    }
  });
});
