import type { KubeObject } from '@stageset/k8s';
import { SOURCE_GROUP, SOURCE_KINDS, type SourceKind } from '../kinds.ts';
import { type Definition, definitionOf } from '../schema/definition.ts';
import { sourceStatus } from '../schema/flux.ts';
import { AGE, crd } from './definition.ts';

/** On definitions that stand in for Flux's own, so that an installer never takes Flux's for ours. */
export const STAND_IN_LABEL = 'stages.metio.wtf/stand-in';

const PLURALS: Readonly<Record<SourceKind, string>> = {
  ExternalArtifact: 'externalartifacts',
  GitRepository: 'gitrepositories',
  OCIRepository: 'ocirepositories',
  Bucket: 'buckets',
};

const SPEC: Definition = {
  type: 'object',
  description: 'Where the content comes from; read by Flux, not by StageSet.',
  'x-kubernetes-preserve-unknown-fields': true,
};

/**
 * Minimal definitions of Flux's sources, for clusters without Flux: any spec, and the status that StageSet reads. Not to
 * be applied where Flux has installed its own.
 */
export function sourceCrds(): KubeObject[] {
  return SOURCE_KINDS.map((kind) =>
    crd({
      group: SOURCE_GROUP,
      version: 'v1',
      kind,
      plural: PLURALS[kind],
      description: `A source of Flux, as far as StageSet reads it: ${kind} without its own checks.`,
      spec: SPEC,
      specRequired: false,
      status: { ...definitionOf(sourceStatus), 'x-kubernetes-preserve-unknown-fields': true },
      labels: { [STAND_IN_LABEL]: 'flux-source' },
      columns: [
        { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        { name: 'Revision', type: 'string', jsonPath: '.status.artifact.revision' },
        AGE,
      ],
    }),
  );
}
