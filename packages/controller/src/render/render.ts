import { createHash } from 'node:crypto';
import { prepareObject } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import type { BuildResult } from '@stageset/kustomize';

/** Whose labels the objects of a stage carry. */
export interface StageOwner {
  readonly namespace: string;
  readonly name: string;
  readonly stage: string;
}

/** One object of a stage, as it is sent. */
export interface Rendered {
  readonly object: KubeObject;
  readonly json: string;
  /** Over `json`. */
  readonly hash: string;
}

/** The objects of a build as they are sent, with the labels of their owner. */
export function rendered(resources: (BuildResult & { ok: true })['resources'], owner: StageOwner): Rendered[] {
  return resources.map((resource) => {
    // The engine vouches for apiVersion, kind and name.
    const object = prepareObject(resource.toObject() as KubeObject, owner);
    const json = JSON.stringify(object);
    return { object, json, hash: createHash('sha256').update(json).digest('base64') };
  });
}
