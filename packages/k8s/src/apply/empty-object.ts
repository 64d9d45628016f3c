import { isJsonObject, type JsonObject, own, setOwn } from '../json/value.ts';
import type { Schema } from '../schema.ts';

/**
 * What the API server writes for an empty object though its schema calls the field optional: fields that Go's encoder
 * has not been told to leave out.
 */
const WRITTEN_ANYWAY: Readonly<Record<string, JsonObject>> = {
  'apps/v1 ControllerRevision': { data: null },
  'apps/v1 StatefulSet': { spec: { serviceName: '' }, status: { availableReplicas: 0 } },
  'autoscaling/v2 HorizontalPodAutoscaler': { status: { currentMetrics: null } },
  'discovery.k8s.io/v1 EndpointSlice': { ports: null },
  'events.k8s.io/v1 Event': { deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null },
  'flowcontrol.apiserver.k8s.io/v1 FlowSchema': { spec: { matchingPrecedence: 0 } },
  'rbac.authorization.k8s.io/v1 ClusterRole': { rules: null },
  'rbac.authorization.k8s.io/v1 Role': { rules: null },
  'resource.k8s.io/v1 ResourceClaim': { spec: { devices: { requests: null } } },
  'resource.k8s.io/v1 ResourceClaimTemplate': { spec: { spec: { devices: { requests: null } } } },
  'v1 Event': {
    eventTime: null,
    firstTimestamp: null,
    lastTimestamp: null,
    reportingComponent: '',
    reportingInstance: '',
  },
};

/**
 * The empty object of a built-in kind, as creates and first applies start from it. The API server holds built-in kinds
 * in Go structs: a struct that is no pointer is there even when nothing was set (its schema has the default `{}`), and
 * a required list or map is there as null. Custom resources have no such thing; theirs is `{ apiVersion, kind }`.
 */
export function emptyObject(schema: Schema, apiVersion: string, kind: string): Record<string, unknown> {
  const extra = own(WRITTEN_ANYWAY, `${apiVersion} ${kind}`);
  return { ...overlay(emptyStruct(schema), isJsonObject(extra) ? extra : {}), apiVersion, kind };
}

function emptyStruct(schema: Schema): Record<string, unknown> {
  const empty: Record<string, unknown> = {};
  const required = new Set(schema.required);
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const { default: fallback } = field;
    if (isJsonObject(fallback)) {
      if (Object.keys(fallback).length === 0) setOwn(empty, name, emptyStruct(field));
    } else if (required.has(name)) {
      setOwn(empty, name, fallback ?? null);
    }
  }
  return empty;
}

function overlay(base: Record<string, unknown>, extra: JsonObject): Record<string, unknown> {
  for (const [key, value] of Object.entries(extra)) {
    const below = own(base, key);
    setOwn(base, key, isJsonObject(value) && isJsonObject(below) ? overlay({ ...below }, value) : value);
  }
  return base;
}
