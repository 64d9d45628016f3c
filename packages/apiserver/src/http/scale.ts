import { formatLabelSelector, getAt, isJsonObject, type KubeObject, labelSelectorOf, setOwn } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import type { ScalePaths } from '../registry/kind.ts';
import { invalidValue } from '../registry/metadata.ts';
import { patched } from '../registry/patches.ts';
import { badRequest, failure, invalid, methodNotAllowed, unknownResource } from '../registry/status-error.ts';
import type { ObjectPart } from '../registry/write-request.ts';
import { SCALE_TABLE } from '../table/scale-table.ts';
import { tableObject } from '../table/table.ts';
import { decodeObject, decodePatch } from './body.ts';
import { accepted } from './media-type.ts';
import { patchBody, patchTypeOf } from './patching.ts';
import { partialMetadata } from './render.ts';
import { type Answer, answered, presentObject, type ResourceCall, writeRequest } from './resource-call.ts';
import { jsonResponse, warningHeaders } from './response.ts';

/** `GET`, `PUT` and `PATCH` of the number of replicas, as an `autoscaling/v1` Scale. */
export function handleScale(call: ResourceCall, name: string): Answer {
  const { registry, request, kind } = call;
  const paths = kind.scale;
  if (paths === undefined) throw unknownResource();
  const isCustom = kind.origin === 'custom';
  const answer = (object: KubeObject) => scaleResponse(call, scaleOf(object, paths, isCustom));
  if (request.method === 'GET') return answer(presentObject(call, name));
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  const change = scaleChange(call, paths);
  const part: ObjectPart = {
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    show: (object) => scaleOf(object, paths, isCustom),
    put: (object, scale) => scaled(call, object, paths, scale),
  };
  const write = writeRequest(call, request.method === 'PUT' ? 'UpdateOptions' : 'PatchOptions', 'scale', [], part);
  return answered(registry.writer.update(write, name, change), answer);
}

function scaleResponse({ registry, request, warnings }: ResourceCall, scale: KubeObject): ClusterResponse {
  const headers = warningHeaders(warnings);
  const { shape } = accepted(request.headers['accept'], 'object');
  if (shape === 'object') return jsonResponse(200, scale, headers);
  if (shape === 'metadata') return jsonResponse(200, partialMetadata(scale), headers);
  const { resourceVersion } = scale.metadata;
  const options = { include: 'Metadata', now: registry.clock.now(), withColumns: true } as const;
  return jsonResponse(200, tableObject({ table: () => SCALE_TABLE }, [scale], { resourceVersion }, options), headers);
}

/** What the request makes of an object. */
function scaleChange(call: ResourceCall, paths: ScalePaths): (present: KubeObject) => KubeObject {
  const { request } = call;
  if (request.method === 'PUT') {
    const { value } = decodeObject(request.body, request.headers['content-type'], { kind: 'Scale' });
    return (present) => scaled(call, present, paths, value);
  }
  const type = patchTypeOf(call);
  if (type === 'apply') throw methodNotAllowed();
  const body = patchBody(type, decodePatch(request.body, type).value);
  return (present) =>
    scaled(
      call,
      present,
      paths,
      patched(scaleOf(present, paths, call.kind.origin === 'custom'), body, { type: 'object' }),
    );
}

function scaled({ kind }: ResourceCall, present: KubeObject, paths: ScalePaths, scale: unknown): KubeObject {
  if (!isJsonObject(scale)) throw badRequest('the object provided is unrecognized (must be of type Scale)');
  const { kind: type = 'Scale' } = scale;
  if (type !== 'Scale') throw badRequest(`${String(type)} cannot be handled as a Scale`);
  const replicas = getAt(scale, ['spec', 'replicas']) ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas must be an integer');
  }
  if (replicas < 0) {
    if (kind.origin === 'custom') {
      const cause = invalidValue(paths.specReplicasPath, replicas, 'should be a non-negative integer');
      throw invalid({ group: kind.group, name: kind.kind }, present.metadata.name, [cause]);
    }
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    const cause = { reason: 'FieldValueInvalid', message, field: 'spec.replicas' };
    throw invalid({ group: 'autoscaling', name: 'Scale' }, present.metadata.name, [cause]);
  }
  const given = getAt(scale, ['metadata', 'resourceVersion']);
  const metadata =
    typeof given === 'string' && given !== '' ? { ...present.metadata, resourceVersion: given } : present.metadata;
  const next = withValue(present, stepsOf(paths.specReplicasPath), replicas);
  return { ...next, apiVersion: present.apiVersion, kind: present.kind, metadata };
}

function scaleOf(object: KubeObject, paths: ScalePaths, isCustom: boolean): KubeObject {
  if (isCustom && getAt(object, stepsOf(paths.specReplicasPath)) === undefined) {
    const message = `the spec replicas field ${JSON.stringify(paths.specReplicasPath)} does not exist`;
    throw failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
  }
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = paths.labelSelectorPath === undefined ? undefined : selectorText(object, paths.labelSelectorPath);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: numberAt(object, paths.specReplicasPath, 'replicas'),
    status: {
      replicas: 0,
      ...numberAt(object, paths.statusReplicasPath, 'replicas'),
      ...(selector ? { selector } : {}),
    },
  };
}

/** Workloads hold their selector as an object in spec, custom kinds as text wherever they say. */
function selectorText(object: KubeObject, path: string): string | undefined {
  const text = getAt(object, stepsOf(path));
  if (typeof text === 'string') return text;
  const selector = getAt(object, ['spec', 'selector']);
  return isJsonObject(selector) ? formatLabelSelector(labelSelectorOf(selector)) : undefined;
}

function numberAt(object: KubeObject, path: string, name: string): Record<string, number> {
  const value = getAt(object, stepsOf(path));
  return typeof value === 'number' && value !== 0 ? { [name]: value } : {};
}

/** `.spec.replicas` → `spec`, `replicas` */
function stepsOf(path: string): readonly string[] {
  return path.split('.').filter((step) => step !== '');
}

function withValue(
  object: Readonly<Record<string, unknown>>,
  [first, ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const copy = { ...object };
  if (first === undefined) return copy;
  const inner = copy[first];
  setOwn(copy, first, rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value));
  return copy;
}
