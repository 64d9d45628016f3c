import { BuildError } from '../diagnostics/problem.ts';
import type { PatchEntry } from '../load/kustomization.ts';
import { readObjects } from '../load/read-objects.ts';
import { readJsonPatch } from '../patch/json-patch.ts';
import { applyPatch, operate, type PatchContext, parsePatch } from '../patch/patches.ts';
import { compileSelector, selectObjects } from '../patch/target-selector.ts';
import { setImage } from '../transform/images.ts';
import { addEntries, labelSpecs } from '../transform/labels.ts';
import { addAffix } from '../transform/names.ts';
import { setNamespace } from '../transform/namespace.ts';
import { setReplicas } from '../transform/replicas.ts';
import type { Accumulator } from './accumulator.ts';
import type { TreeBuilder } from './build-tree.ts';
import { reporting } from './reporting.ts';
import type { Resource } from './resource.ts';

/** A step of a kustomization: the field that asks for it and what it does. */
interface Step {
  readonly field: string;
  run(): void;
}

/** Runs what the kustomization asks for, in kustomize's fixed order. Patches are all read before the first step. */
export function runTransformers(builder: TreeBuilder, accumulator: Accumulator): void {
  const steps = [
    ...strategicMergePatches(builder, accumulator),
    ...patches(builder, accumulator),
    ...metadata(builder, accumulator),
    ...jsonPatches(builder, accumulator),
    ...values(builder, accumulator),
  ];
  for (const step of steps) {
    reporting(builder, builder.place(step.field), () => step.run());
    accumulator.set.dropGone();
  }
}

function contextOf(builder: TreeBuilder, field: string): PatchContext {
  return {
    limits: builder.scope.tree.limits,
    schemas: builder.state.schemas,
    at: builder.place(field),
    warn: (problem) => builder.warn(problem),
  };
}

/** Text of a patch and the file it is in. */
function textOf(builder: TreeBuilder, entry: PatchEntry, field: string): { text: string; file?: string } {
  const at = builder.place(field);
  const inline = (entry.patch ?? '').trim();
  const path = entry.path ?? '';
  if (inline === '' && path === '') {
    throw new BuildError({ ...at, message: 'a patch must have one of patch and path' });
  }
  if (inline !== '' && path !== '') {
    throw new BuildError({ ...at, message: 'patch and path cannot be set at the same time' });
  }
  if (inline !== '') return { text: inline };
  const file = builder.scope.file(path, builder.place(`${field}.path`));
  return { text: builder.scope.tree.text(file), file };
}

function patches(builder: TreeBuilder, { set }: Accumulator): Step[] {
  return (builder.loaded.fields.patches ?? []).map((entry, i) => {
    const field = `patches[${i}]`;
    const context = contextOf(builder, field);
    const { text, file } = textOf(builder, entry, field);
    const parsed = parsePatch(text, context, file);
    return { field, run: () => applyPatch(set, entry, parsed, context) };
  });
}

function strategicMergePatches(builder: TreeBuilder, { set }: Accumulator): Step[] {
  const steps: Step[] = [];
  (builder.loaded.fields.patchesStrategicMerge ?? []).forEach((source, i) => {
    const field = `patchesStrategicMerge[${i}]`;
    const context = contextOf(builder, field);
    const objects = patchObjects(builder, source, field);
    for (const patch of objects) {
      steps.push({ field, run: () => applyPatch(set, {}, { type: 'merge', objects: [patch] }, context) });
    }
  });
  return steps;
}

/** An entry is taken for a patch if it can be read as one, else for the path of a file. */
function patchObjects(builder: TreeBuilder, source: string, field: string): Resource[] {
  const { limits } = builder.scope.tree;
  try {
    return readObjects(source, limits);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    if (source.includes('\n')) throw error.within(builder.place(field));
  }
  const file = builder.scope.file(source, builder.place(field));
  return reporting(builder, builder.place(field), () => readObjects(builder.scope.tree.text(file), limits, file));
}

function jsonPatches(builder: TreeBuilder, { set }: Accumulator): Step[] {
  return (builder.loaded.fields.patchesJson6902 ?? []).map((entry, i) => {
    const field = `patchesJson6902[${i}]`;
    const context = contextOf(builder, field);
    if ((entry.target?.name ?? '') === '') {
      throw new BuildError({ ...context.at, message: 'must specify the target name' });
    }
    const { text } = textOf(builder, entry, field);
    const { limits } = builder.scope.tree;
    const operations = reporting(builder, context.at, () =>
      readJsonPatch(text, { depth: limits.yamlDepth, aliasNodes: limits.aliasNodes }),
    );
    if (operations.length === 0) throw new BuildError({ ...context.at, message: 'the patch has no operations' });
    return {
      field,
      run: () => {
        const selector = compileSelector(entry.target ?? {}, limits.patternLength);
        for (const resource of selectObjects(set, selector)) operate(resource, operations, context);
        set.changed();
      },
    };
  });
}

function metadata(builder: TreeBuilder, accumulator: Accumulator): Step[] {
  const { fields } = builder.loaded;
  const { set, config } = accumulator;
  const steps: Step[] = [];
  const { namespace = '', namePrefix = '', nameSuffix = '' } = fields;
  if (namespace !== '') {
    steps.push({ field: 'namespace', run: () => setNamespace(set, { namespace, specs: config.namespace }) });
  }
  if (namePrefix !== '') {
    steps.push({ field: 'namePrefix', run: () => addAffix(set, { prefix: namePrefix }, config.namePrefix) });
  }
  if (nameSuffix !== '') {
    steps.push({ field: 'nameSuffix', run: () => addAffix(set, { suffix: nameSuffix }, config.nameSuffix) });
  }
  (fields.labels ?? []).forEach((entry, i) => {
    const field = `labels[${i}]`;
    const specs = reporting(builder, builder.place(field), () => labelSpecs(entry, config));
    steps.push({ field, run: () => addEntries(set, entry.pairs ?? new Map(), specs) });
  });
  const { commonLabels, commonAnnotations } = fields;
  if (commonLabels !== undefined) {
    steps.push({ field: 'commonLabels', run: () => addEntries(set, commonLabels, config.commonLabels) });
  }
  if (commonAnnotations !== undefined) {
    steps.push({ field: 'commonAnnotations', run: () => addEntries(set, commonAnnotations, config.commonAnnotations) });
  }
  return steps;
}

function values(builder: TreeBuilder, { set, config }: Accumulator): Step[] {
  const { fields, place } = { fields: builder.loaded.fields, place: (f: string) => builder.place(f) };
  const { patternLength } = builder.scope.tree.limits;
  const replicas = (fields.replicas ?? []).map((entry, i) => ({
    field: `replicas[${i}]`,
    run: () => {
      if (setReplicas(set, entry, config.replicas)) return;
      throw new BuildError({
        ...place(`replicas[${i}]`),
        message: `no object named ${entry.name ?? ''} has replicas: looked for ${config.replicas.map((s) => s.kind).join(', ')}`,
      });
    },
  }));
  const images = (fields.images ?? []).map((entry, i) => ({
    field: `images[${i}]`,
    run: () => setImage(set, entry, config.images, patternLength),
  }));
  return [...replicas, ...images];
}
