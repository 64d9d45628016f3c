import type { Pin, Run, Stage, StageSet, StageSetStatus, StageStatus } from '@stageset/api';
import type { KubeObject } from '@stageset/k8s';
import { desiredObject } from '../desired/desired.ts';
import type { Entry } from '../inventory/entry.ts';
import { entryId } from '../inventory/entry.ts';
import type {
  Facts,
  Health,
  InventoryFacts,
  Leftover,
  LeftoverState,
  ObjectFacts,
  ObjectState,
  StageFacts,
} from '../plan/facts.ts';

/** Builders of facts for tests: what is not said is as in a StageSet that is well under way. */

export const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
export const NOW = '2026-01-01T00:00:00Z';

export function aStage(name: string, parts: Partial<Stage> = {}): Stage {
  return { name, sourceRef: { name: `source-${name}` }, ...parts };
}

export function aPin(stage: string, revision = 'r1'): Pin {
  return {
    stage,
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'ExternalArtifact',
    namespace: 'prod',
    name: `source-${stage}`,
    url: `http://sources/${stage}/${revision}.tar.gz`,
    revision,
    digest: `sha256:${revision}`,
  };
}

export function aRun(stages: readonly string[], parts: Partial<Run> = {}): Run {
  return { id: '1', generation: 1, startedAt: NOW, pins: stages.map((stage) => aPin(stage)), ...parts };
}

interface StageSetParts {
  readonly stages?: readonly Stage[];
  readonly spec?: Partial<StageSet['spec']>;
  readonly metadata?: Partial<StageSet['metadata']>;
  readonly status?: StageSetStatus;
}

export function aStageSet({ stages = [aStage('a')], spec, metadata, status }: StageSetParts = {}): StageSet {
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageSet',
    metadata: {
      name: 'app',
      namespace: 'prod',
      uid: 'u1',
      generation: 1,
      finalizers: ['stages.metio.wtf/finalizer'],
      ...metadata,
    },
    spec: { stages: [...stages], ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

export function aDesired(name: string, kind = 'ConfigMap', apiVersion = 'v1') {
  const namespaced = kind !== 'CustomResourceDefinition' && kind !== 'Namespace';
  const object: KubeObject = { apiVersion, kind, metadata: { name, ...(namespaced ? { namespace: 'prod' } : {}) } };
  return desiredObject(object, `hash-${name}`);
}

export function anObjectFacts(
  name: string,
  state: ObjectState = 'same',
  parts: {
    readonly health?: Health;
    readonly kind?: string;
    readonly apiVersion?: string;
    readonly heldBy?: string;
  } = {},
): ObjectFacts {
  const { health = { status: state === 'missing' ? 'NotFound' : 'Current' }, kind, apiVersion, heldBy } = parts;
  return {
    desired: aDesired(name, kind, apiVersion),
    state,
    health,
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(state === 'missing' || state === 'unknown-kind' ? {} : { uid: `uid-${name}` }),
  };
}

export function aBuiltStage(name: string, objects: readonly ObjectFacts[], parts: Partial<Stage> = {}): StageFacts {
  return { name, spec: aStage(name, parts), state: 'built', digest: 'd1', objects, checks: [] };
}

export function anEntry(name: string, kind = 'ConfigMap'): Entry {
  return { id: entryId(aDesired(name, kind).ref), v: 'v1' };
}

export function anInventory(stage: string, names: readonly string[], position = 0): InventoryFacts {
  return { stage, recorded: true, position, entries: names.map((name) => anEntry(name)) };
}

export function leftoversOf(states: Readonly<Record<string, LeftoverState>>): Map<string, Leftover> {
  return new Map(
    Object.entries(states).map(([name, state]) => {
      const entry = anEntry(name);
      return [entry.id, { entry, ref: aDesired(name).ref, state, uid: `uid-${name}` }];
    }),
  );
}

export function aStageStatus(name: string, parts: Partial<StageStatus> = {}): StageStatus {
  return { name, phase: 'Ready', appliedRevision: 'r1', appliedDigest: 'd1', ...parts };
}

/** Facts of a StageSet whose run is pinned and whose sources still say the same. */
export function someFacts(
  stages: readonly StageFacts[],
  parts: Partial<Facts> & { readonly run?: Partial<Run> } = {},
): Facts {
  const { run, ...rest } = parts;
  const names = stages.map(({ name }) => name);
  return {
    nowMs: NOW_MS,
    defaultIntervalMs: 600_000,
    maxTeardownWaitMs: 3_600_000,
    synced: true,
    stageSet: aStageSet({ stages: stages.map(({ spec }) => spec), status: { run: aRun(names, run) } }),
    sources: names.map((stage) => ({ state: 'pinned', pin: aPin(stage) })),
    actionSources: [],
    actions: new Map(),
    ledger: { anchors: [] },
    version: { state: 'none' },
    stages,
    inventory: stages.map(({ name, ...stage }, position) =>
      anInventory(name, stage.state === 'built' ? stage.objects.map(({ desired }) => desired.ref.name) : [], position),
    ),
    leftovers: new Map(),
    ...rest,
  };
}
