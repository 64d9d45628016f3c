import type { Faults } from '../diagnostics/faults.ts';
import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { decodeFile, readConfigFile } from '../load/config-files.ts';
import { type PatchEntry, REPLACEMENT, type ReplacementEntry, type ReplicaEntry } from '../load/kustomization.ts';
import { nearest } from '../load/paths.ts';
import { readObjects } from '../load/read-objects.ts';
import { listOf } from '../load/shape.ts';
import { readJsonPatch } from '../patch/json-patch.ts';
import {
  applyPatch,
  applyStrategicMerge,
  operate,
  type PatchContext,
  parsePatch,
  selectTargets,
} from '../patch/patches.ts';
import type { TransformerConfig } from '../transform/config.ts';
import { type CompiledSpec, selects } from '../transform/field-specs.ts';
import { setImage } from '../transform/images.ts';
import { addEntries, labelSpecs } from '../transform/labels.ts';
import { addAffix } from '../transform/names.ts';
import { setNamespace } from '../transform/namespace.ts';
import { replace } from '../transform/replacements.ts';
import { setReplicas } from '../transform/replicas.ts';
import { LIST } from '../yaml/node.ts';
import type { TreeBuilder } from './build-tree.ts';
import type { ObjectSet } from './object-set.ts';
import { builtinOrigin, recordTransformation } from './origin.ts';
import { reporting } from './reporting.ts';
import type { Resource } from './resource.ts';

export type Change = (set: ObjectSet) => void;

/** One of kustomize's transformers: the field that asks for it and what it does. */
export interface Step {
  readonly field: string;
  /** Name under which `buildMetadata` records it. */
  readonly kind: string;
  readonly run: Change;
}

/** What the kustomization asks for, in kustomize's fixed order. Reads all the files that this takes. */
export function prepareTransformers(builder: TreeBuilder, config: TransformerConfig, faults: Faults): Step[] {
  return [
    ...mergePatches(builder, faults),
    ...patches(builder, faults),
    ...metadata(builder, config, faults),
    ...jsonPatches(builder, faults),
    ...values(builder, config),
    ...replacements(builder, faults),
  ];
}

/** Runs the steps one after the other. */
export function runTransformers(builder: TreeBuilder, set: ObjectSet, steps: readonly Step[]): void {
  for (const { field, kind, run } of steps) {
    reporting(builder, builder.place(field), () => run(set));
    if (builder.origin !== undefined) recordTransformation(set, builtinOrigin(builder.originFile, kind));
    set.dropGone();
  }
}

function contextOf(builder: TreeBuilder, field: string): PatchContext {
  return {
    limits: builder.scope.tree.limits,
    schemas: builder.state.schemas,
    scopes: builder.state.scopes,
    budget: builder.state.budget,
    at: builder.place(field),
    warn: (problem) => builder.warn(problem),
  };
}

/** Text of a patch and the file it is in. */
function textOf(builder: TreeBuilder, entry: PatchEntry, field: string, trim = true): { text: string; file?: string } {
  const at = builder.place(field);
  const inline = trim ? (entry.patch ?? '').trim() : (entry.patch ?? '');
  const path = entry.path ?? '';
  if (inline === '' && path === '') {
    throw new BuildError({ ...at, message: 'a patch must have one of patch and path' });
  }
  if (inline !== '' && path !== '') {
    throw new BuildError({ ...at, message: 'patch and path cannot be set at the same time' });
  }
  if (inline !== '') return { text: inline };
  const file = builder.scope.file(path, { ...at, ...builder.place(`${field}.path`) });
  return { text: builder.scope.tree.text(file), file };
}

/** An entry of `patches`. */
export function patchStep(builder: TreeBuilder, entry: PatchEntry, field: string): Change {
  const context = contextOf(builder, field);
  const { text, file } = textOf(builder, entry, field);
  const parsed = parsePatch(text, context, file);
  return (set) => applyPatch(set, entry, parsed, context);
}

function patches(builder: TreeBuilder, faults: Faults): Step[] {
  return faults.each(builder.loaded.fields.patches ?? [], (entry, i) => {
    const field = `patches[${i}]`;
    return { field, kind: 'PatchTransformer', run: patchStep(builder, entry, field) };
  });
}

/** An entry of `patchesStrategicMerge`: taken for a patch if it can be read as one, else for the path of a file. */
export function strategicMergeSteps(builder: TreeBuilder, source: string, field: string): Change[] {
  const context = contextOf(builder, field);
  return patchObjects(builder, source, field).map(
    (patch): Change =>
      (set) =>
        applyStrategicMerge(set, patch, context),
  );
}

function mergePatches(builder: TreeBuilder, faults: Faults): Step[] {
  const sources = builder.loaded.fields.patchesStrategicMerge ?? [];
  if (sources.length === 0) return [];
  const changes = faults
    .each(sources, (source, i) => {
      const field = `patchesStrategicMerge[${i}]`;
      return strategicMergeSteps(builder, source, field).map((change) => ({ field, change }));
    })
    .flat();
  if (changes.length === 0 && !faults.any) {
    throw new BuildError({ ...builder.place('patchesStrategicMerge'), message: 'the patches have no content' });
  }
  const run: Change = (set) => {
    for (const { field, change } of changes) {
      reporting(builder, builder.place(field), () => change(set));
      set.dropGone();
    }
  };
  return [{ field: 'patchesStrategicMerge', kind: 'PatchStrategicMergeTransformer', run }];
}

function patchObjects(builder: TreeBuilder, source: string, field: string): Resource[] {
  const { limits } = builder.scope.tree;
  const { scopes } = builder.state;
  try {
    return readObjects(source, limits, undefined, scopes);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    if (source.includes('\n')) throw error.within(builder.place(field));
  }
  const file = builder.scope.file(source, builder.place(field));
  return reporting(builder, builder.place(field), () =>
    readObjects(builder.scope.tree.text(file), limits, file, scopes),
  );
}

/** An entry of `patchesJson6902`. */
export function jsonPatchStep(builder: TreeBuilder, entry: PatchEntry, field: string): Change {
  const context = contextOf(builder, field);
  if ((entry.target?.name ?? '') === '') {
    throw new BuildError({ ...context.at, message: 'must specify the target name' });
  }
  // Unlike those of `patches`, these texts are taken with the blanks around them.
  const { text } = textOf(builder, entry, field, false);
  const { limits } = builder.scope.tree;
  const operations = reporting(builder, context.at, () =>
    readJsonPatch(text, { depth: limits.yamlDepth, aliasNodes: limits.aliasNodes }),
  );
  if (operations.length === 0) throw new BuildError({ ...context.at, message: 'the patch has no operations' });
  return (set) => {
    for (const resource of selectTargets(set, entry, context)) operate(resource, operations, context);
    set.changed();
  };
}

function jsonPatches(builder: TreeBuilder, faults: Faults): Step[] {
  return faults.each(builder.loaded.fields.patchesJson6902 ?? [], (entry, i) => {
    const field = `patchesJson6902[${i}]`;
    return { field, kind: 'PatchJson6902Transformer', run: jsonPatchStep(builder, entry, field) };
  });
}

function metadata(builder: TreeBuilder, config: TransformerConfig, faults: Faults): Step[] {
  const { fields } = builder.loaded;
  const steps: Step[] = [];
  const add = (field: string, kind: string, run: Change): void => {
    steps.push({ field, kind, run });
  };
  const { namespace = '', namePrefix = '', nameSuffix = '' } = fields;
  if (namespace !== '') {
    add('namespace', 'NamespaceTransformer', (set) => {
      warnClusterKinds(builder, set);
      setNamespace(set, { namespace, specs: config.namespace });
    });
  }
  if (namePrefix !== '') {
    add('namePrefix', 'PrefixTransformer', (set) => addAffix(set, { prefix: namePrefix }, config.namePrefix));
  }
  if (nameSuffix !== '') {
    add('nameSuffix', 'SuffixTransformer', (set) => addAffix(set, { suffix: nameSuffix }, config.nameSuffix));
  }
  const { labels = [], commonLabels = new Map(), commonAnnotations = new Map() } = fields;
  faults.each(labels, (entry, i) => {
    const field = `labels[${i}]`;
    const specs = reporting(builder, builder.place(field), () => labelSpecs(entry, config));
    add(field, 'LabelTransformer', (set) => addEntries(set, entry.pairs ?? new Map(), specs));
  });
  if (labels.length > 0 || commonLabels.size > 0) {
    add('commonLabels', 'LabelTransformer', (set) => addEntries(set, commonLabels, config.commonLabels));
  }
  if (commonAnnotations.size > 0) {
    const run: Change = (set) => addEntries(set, commonAnnotations, config.commonAnnotations);
    add('commonAnnotations', 'AnnotationsTransformer', run);
  }
  return steps;
}

/** Cluster-scoped kinds that kustomize does not know as such: it gives them a namespace. */
const CLUSTER_KINDS = new Set([
  'ClusterExternalSecret',
  'ClusterImageCatalog',
  'ClusterIssuer',
  'ClusterPolicy',
  'ClusterSecretStore',
  'ClusterTrustBundle',
  'DeviceClass',
  'EC2NodeClass',
  'FlowSchema',
  'GatewayClass',
  'NodePool',
  'PriorityLevelConfiguration',
  'ServiceCIDR',
  'VolumeAttributesClass',
  'VolumeSnapshotClass',
]);

/** Group and kind of what the definitions of the build itself declare to be cluster-scoped. */
function definedClusterKinds(set: ObjectSet): ReadonlySet<string> {
  const kinds = new Set<string>();
  for (const { kind, node } of set.all) {
    const spec = kind === 'CustomResourceDefinition' ? node.get('spec') : undefined;
    if (spec?.get('scope')?.value !== 'Cluster') continue;
    kinds.add(`${spec.get('group')?.value}/${spec.get('names')?.get('kind')?.value}`);
  }
  return kinds;
}

function warnClusterKinds(builder: TreeBuilder, set: ObjectSet): void {
  const kinds = new Set<string>();
  const defined = definedClusterKinds(set);
  for (const { kind, apiVersion, gvk, isClusterScoped } of set.all) {
    if (isClusterScoped) continue;
    if (CLUSTER_KINDS.has(kind) || defined.has(`${gvk.group}/${kind}`)) kinds.add(`${kind} (${apiVersion})`);
  }
  for (const kind of kinds) {
    builder.warn({
      ...builder.place('namespace'),
      message: `objects of kind ${kind} are cluster-scoped, but kustomize does not know the kind and gives them a namespace`,
      suggestion: 'list them in a kustomization without a namespace',
    });
  }
}

/** An entry of `replicas`. @throws BuildError when no object has the name. */
export function replicaStep(
  set: ObjectSet,
  entry: ReplicaEntry,
  specs: readonly CompiledSpec[],
  at: ProblemDetail,
): void {
  if (setReplicas(set, entry, specs)) return;
  throw new BuildError({
    ...at,
    message: `no object named ${entry.name ?? ''} has replicas: looked for ${specs.map((s) => s.kind).join(', ')}`,
    ...suggestName(set, entry.name ?? '', specs),
  });
}

function suggestName(set: ObjectSet, name: string, specs: readonly CompiledSpec[]): { suggestion?: string } {
  const able = set.all.filter((resource) => specs.some((spec) => selects(spec, resource.gvk)));
  const close = nearest(name, new Set(able.map((resource) => resource.name)));
  return close === undefined ? {} : { suggestion: `did you mean ${close}?` };
}

function values(builder: TreeBuilder, config: TransformerConfig): Step[] {
  const { fields } = builder.loaded;
  const { patternLength } = builder.scope.tree.limits;
  const replicas = (fields.replicas ?? []).map((entry, i): Step => {
    const field = `replicas[${i}]`;
    const run: Change = (set) => replicaStep(set, entry, config.replicas, builder.place(field));
    return { field, kind: 'ReplicaCountTransformer', run };
  });
  const images = (fields.images ?? []).map(
    (entry, i): Step => ({
      field: `images[${i}]`,
      kind: 'ImageTagTransformer',
      run: (set) => {
        if ((entry.tagSuffix ?? '') !== '' && (entry.newTag ?? '') === '' && (entry.digest ?? '') === '') {
          builder.warn({
            ...builder.place(`images[${i}]`),
            message: 'tagSuffix is appended twice to containers of the usual fields, as kustomize does',
            suggestion: 'use newTag with the whole tag',
          });
        }
        setImage(set, entry, config.images, patternLength);
      },
    }),
  );
  return [...replicas, ...images];
}

/** An entry of `replacements`, or what the file holds that it names. */
export function replacementSteps(builder: TreeBuilder, entry: ReplacementEntry, field: string): Change[] {
  const at = builder.place(field);
  const { limits } = builder.scope.tree;
  const change =
    (one: ReplacementEntry): Change =>
    (set) =>
      replace(set, one, at, limits, builder.state.budget);
  const path = entry.path ?? '';
  if (path === '' && (entry.targets?.length ?? 0) === 0) {
    throw new BuildError({ ...at, message: 'a replacement must specify a source and at least one target' });
  }
  if (path === '') return [change(entry)];
  if (entry.source !== undefined || (entry.targets?.length ?? 0) > 0) {
    throw new BuildError({ ...at, message: 'cannot specify both path and inline replacement' });
  }
  const { node, file } = readConfigFile(builder.scope, path, at);
  if (node === undefined) throw new BuildError({ ...at, message: 'the replacement file is empty', file });
  if (node.kind !== LIST) return [change(decodeFile(node, file, REPLACEMENT, at, true) as ReplacementEntry)];
  return (decodeFile(node, file, listOf(REPLACEMENT), at, true) as ReplacementEntry[]).map(change);
}

function replacements(builder: TreeBuilder, faults: Faults): Step[] {
  const entries = builder.loaded.fields.replacements ?? [];
  if (entries.length === 0) return [];
  const changes = faults
    .each(entries, (entry, i) => {
      const field = `replacements[${i}]`;
      return replacementSteps(builder, entry, field).map((change) => ({ field, change }));
    })
    .flat();
  const run: Change = (set) => {
    for (const { field, change } of changes) reporting(builder, builder.place(field), () => change(set));
  };
  return [{ field: 'replacements', kind: 'ReplacementTransformer', run }];
}
