import { deepFreeze, isJsonObject, type KubeObject } from '@stageset/k8s';
import { autoscalerToV1, autoscalerToV2 } from './autoscaler-view.ts';
import type { KindDefinition } from './kind.ts';

/** One converted copy per stored object and version, so that its JSON is made once as well. */
const views = new WeakMap<KubeObject, Map<string, KubeObject>>();

/** A stored object as the version of `kind` shows it. */
export function inVersionOf(kind: KindDefinition, stored: KubeObject): KubeObject {
  if (stored.apiVersion === kind.apiVersion) return stored;
  let perVersion = views.get(stored);
  if (perVersion === undefined) {
    perVersion = new Map();
    views.set(stored, perVersion);
  }
  let view = perVersion.get(kind.apiVersion);
  if (view === undefined) {
    view = deepFreeze(convert(stored, kind.apiVersion));
    perVersion.set(kind.apiVersion, view);
  }
  return view;
}

/** An object as it is stored, from the version in which it came. */
export function forStorage(kind: KindDefinition, object: KubeObject): KubeObject {
  return object.apiVersion === kind.storageApiVersion ? object : convert(object, kind.storageApiVersion);
}

/**
 * Versions of one kind differ in name alone (`strategy: None`), but for events, whose two groups name fields differently,
 * and for autoscalers.
 */
function convert(object: KubeObject, apiVersion: string): KubeObject {
  if (object.kind === 'Event' && apiVersion === 'events.k8s.io/v1') return eventFromCore(object);
  if (object.kind === 'Event' && object.apiVersion === 'events.k8s.io/v1') return eventToCore(object);
  if (object.kind === 'HorizontalPodAutoscaler') {
    if (apiVersion === 'autoscaling/v1') return autoscalerToV1(object);
    if (object.apiVersion === 'autoscaling/v1') return autoscalerToV2(object);
  }
  const { kind, apiVersion: _, ...rest } = object;
  return { kind, apiVersion, ...rest };
}

function renamed(object: KubeObject, apiVersion: string, names: readonly (readonly [string, string])[]): KubeObject {
  const fields: Record<string, unknown> = { ...object, apiVersion };
  for (const [from] of names) delete fields[from];
  for (const [from, to] of names) if (object[from] !== undefined && object[from] !== '') fields[to] = object[from];
  return { kind: object.kind, apiVersion, metadata: object.metadata, ...fields };
}

const CORE_TO_EVENTS = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
] as const;

function eventFromCore(event: KubeObject): KubeObject {
  const { reportingInstance, ...core } = renamed(event, 'events.k8s.io/v1', CORE_TO_EVENTS);
  const named = { ...core, apiVersion: core.apiVersion, kind: core.kind, metadata: core.metadata };
  return reportingInstance === '' || reportingInstance === undefined ? named : { ...named, reportingInstance };
}

function eventToCore(event: KubeObject): KubeObject {
  const core = renamed(
    event,
    'v1',
    CORE_TO_EVENTS.map(([from, to]) => [to, from] as const),
  );
  const source = core['source'];
  return isJsonObject(source) ? core : { ...core, source: {} };
}
