import { BuildError, type ProblemDetail } from '../diagnostics/problem.ts';
import { printObject } from '../emit/print.ts';
import { addHashes } from '../generate/add-hashes.ts';
import { generate } from '../generate/generate.ts';
import { decodeFile, readConfigFile } from '../load/config-files.ts';
import {
  FIELD_SPEC,
  type FieldSpec,
  GENERATOR_FIELDS,
  type GeneratorEntry,
  IMAGE,
  type ImageEntry,
  PATCH_FIELDS,
  type PatchEntry,
  REPLACEMENT_ENTRY,
  REPLICA,
  type ReplacementEntry,
  type ReplicaEntry,
  SELECTOR,
  type Selector,
} from '../load/kustomization.ts';
import { baseName } from '../load/paths.ts';
import { BOOLEAN, INTEGER, listOf, object, type Shape, STRING, STRING_MAP } from '../load/shape.ts';
import { compileSelector, selectObjects } from '../patch/target-selector.ts';
import { compileSpec } from '../transform/field-specs.ts';
import { setImage } from '../transform/images.ts';
import { addEntries } from '../transform/labels.ts';
import { addAffix } from '../transform/names.ts';
import { moveObject, type SubjectMode, setNamespace } from '../transform/namespace.ts';
import { addValue } from '../transform/value-add.ts';
import { fromPlain } from '../yaml/from-json.ts';
import type { Plain } from '../yaml/read-plain.ts';
import { readConfig } from '../yaml/read-plain.ts';
import { absorb } from './absorb.ts';
import type { TreeBuilder } from './build-tree.ts';
import type { ObjectSet } from './object-set.ts';
import { Resource } from './resource.ts';
import { jsonPatchStep, patchStep, replacementSteps, replicaStep, strategicMergeSteps } from './run-transformers.ts';

/** A plugin file read and checked, ready to run. */
export type Plugin = (set: ObjectSet) => void;

const METADATA = object({ name: STRING, namespace: STRING });
const SPECS = listOf(FIELD_SPEC);

interface Context {
  readonly builder: TreeBuilder;
  readonly at: ProblemDetail;
  readonly field: string;
}

interface PluginKind<T> {
  readonly shape: Readonly<Record<string, Shape>>;
  prepare(config: T, context: Context): Plugin;
}

type Specs = { readonly fieldSpecs?: readonly FieldSpec[] };
type Metadata = { readonly metadata?: { readonly name?: string; readonly namespace?: string } };

function define<T>(kind: PluginKind<T>): PluginKind<unknown> {
  return kind as PluginKind<unknown>;
}

const specsOf = (config: Specs) => (config.fieldSpecs ?? []).map(compileSpec);

/** @throws BuildError: kustomize wants the field even where it could do without. */
function requireSpecs(config: Specs, at: ProblemDetail): void {
  if (config.fieldSpecs === undefined) throw new BuildError({ ...at, message: 'fieldSpecs is missing' });
}

function generator(kind: 'ConfigMap' | 'Secret'): PluginKind<unknown> {
  return define<GeneratorEntry & Metadata>({
    shape: { ...GENERATOR_FIELDS, metadata: METADATA, type: STRING },
    prepare: (config, { builder, at, field }) => {
      const entry = {
        ...config,
        name: config.name ?? config.metadata?.name ?? '',
        namespace: config.namespace ?? config.metadata?.namespace ?? '',
      };
      return (set) => {
        const read = (path: string): string | Uint8Array => builder.scope.tree.content(builder.scope.file(path, at));
        absorb(set, generate(kind, entry, field, read));
      };
    },
  });
}

const VALUE_TARGET = object({ selector: SELECTOR, fieldPath: STRING, filePathPosition: INTEGER });

interface ValueAdd {
  readonly value?: string;
  readonly targets?: readonly { selector?: Selector; fieldPath?: string; filePathPosition?: number }[];
  readonly targetFilePath?: string;
}

function valueAdd(config: ValueAdd, { builder, at }: Context): Plugin {
  const { limits } = builder.scope.tree;
  const value = (config.value ?? '').trim() || baseName(builder.scope.directory);
  const targets = [...(config.targets ?? [])];
  if ((config.targetFilePath ?? '') !== '') {
    const { node, file } = readConfigFile(builder.scope, config.targetFilePath ?? '', at);
    const shape = object({ targets: listOf(VALUE_TARGET) });
    const more = node === undefined ? {} : (decodeFile(node, file, shape, at, true) as ValueAdd);
    targets.push(...(more.targets ?? []));
  }
  if (targets.length === 0) throw new BuildError({ ...at, message: 'must specify at least one target' });
  for (const { fieldPath = '', filePathPosition = 0 } of targets) {
    if (fieldPath === '') throw new BuildError({ ...at, message: 'fieldPath cannot be empty' });
    if (filePathPosition < 0) throw new BuildError({ ...at, message: 'filePathPosition cannot be negative' });
  }
  return (set) => {
    for (const { selector, fieldPath = '', filePathPosition = 0 } of targets) {
      const chosen =
        selector === undefined ? set.all : selectObjects(set, compileSelector(selector, limits.patternLength));
      for (const resource of chosen) {
        if (fieldPath === 'metadata/namespace') moveObject(resource.node, resource, { namespace: value, specs: [] });
        else addValue(resource.node, fieldPath, value, filePathPosition);
      }
    }
    set.changed();
  };
}

interface IamPolicy {
  readonly cloud?: string;
  readonly kubernetesService?: { readonly name?: string; readonly namespace?: string };
  readonly serviceAccount?: { readonly name?: string; readonly projectId?: string };
}

function iamPolicy({ cloud = '', kubernetesService, serviceAccount }: IamPolicy, { at }: Context): Plugin {
  if (cloud !== 'gke') throw new BuildError({ ...at, message: `cloud provider ${cloud} not supported yet` });
  const { name = '', namespace = '' } = kubernetesService ?? {};
  const account = `${serviceAccount?.name ?? ''}@${serviceAccount?.projectId ?? ''}.iam.gserviceaccount.com`;
  return (set) => {
    const node = fromPlain(
      new Map<string, Plain>([
        ['apiVersion', 'v1'],
        ['kind', 'ServiceAccount'],
        [
          'metadata',
          new Map<string, Plain>([
            ['annotations', new Map([['iam.gke.io/gcp-service-account', account]])],
            ['name', name],
            ...(namespace === '' ? [] : [['namespace', namespace] as [string, Plain]]),
          ]),
        ],
      ]),
    );
    set.append(new Resource(node));
  };
}

const SUBJECT_MODES: readonly string[] = ['defaultOnly', 'allServiceAccounts', 'none'];

const KINDS: ReadonlyMap<string, PluginKind<unknown>> = new Map([
  ['ConfigMapGenerator', generator('ConfigMap')],
  ['SecretGenerator', generator('Secret')],
  [
    'NamespaceTransformer',
    define<Specs & Metadata & { unsetOnly?: boolean; setRoleBindingSubjects?: string }>({
      shape: { metadata: METADATA, fieldSpecs: SPECS, unsetOnly: BOOLEAN, setRoleBindingSubjects: STRING },
      prepare: (config, { at }) => {
        const subjects = config.setRoleBindingSubjects ?? 'defaultOnly';
        if (!SUBJECT_MODES.includes(subjects)) {
          throw new BuildError({
            ...at,
            message: `invalid value "${subjects}" for setRoleBindingSubjects: must be one of ${SUBJECT_MODES.join(', ')}`,
          });
        }
        return (set) =>
          setNamespace(set, {
            namespace: config.metadata?.namespace ?? '',
            specs: specsOf(config),
            unsetOnly: config.unsetOnly === true,
            subjects: subjects as SubjectMode,
          });
      },
    }),
  ],
  [
    'PrefixTransformer',
    define<Specs & { prefix?: string }>({
      shape: { prefix: STRING, fieldSpecs: SPECS },
      prepare: (config, { at }) => {
        requireSpecs(config, at);
        return (set) => addAffix(set, { prefix: config.prefix ?? '' }, specsOf(config));
      },
    }),
  ],
  [
    'SuffixTransformer',
    define<Specs & { suffix?: string }>({
      shape: { suffix: STRING, fieldSpecs: SPECS },
      prepare: (config, { at }) => {
        requireSpecs(config, at);
        return (set) => addAffix(set, { suffix: config.suffix ?? '' }, specsOf(config));
      },
    }),
  ],
  [
    'LabelTransformer',
    define<Specs & { labels?: ReadonlyMap<string, string> }>({
      shape: { labels: STRING_MAP, fieldSpecs: SPECS },
      prepare: (config) => (set) => addEntries(set, config.labels ?? new Map(), specsOf(config)),
    }),
  ],
  [
    'AnnotationsTransformer',
    define<Specs & { annotations?: ReadonlyMap<string, string> }>({
      shape: { annotations: STRING_MAP, fieldSpecs: SPECS },
      prepare: (config) => (set) => addEntries(set, config.annotations ?? new Map(), specsOf(config)),
    }),
  ],
  [
    'ImageTagTransformer',
    define<Specs & { imageTag?: ImageEntry }>({
      shape: { imageTag: IMAGE, fieldSpecs: SPECS },
      prepare:
        (config, { builder }) =>
        (set) =>
          setImage(set, config.imageTag ?? {}, specsOf(config), builder.scope.tree.limits.patternLength),
    }),
  ],
  [
    'ReplicaCountTransformer',
    define<Specs & { replica?: ReplicaEntry }>({
      shape: { replica: REPLICA, fieldSpecs: SPECS },
      prepare:
        (config, { at }) =>
        (set) =>
          replicaStep(set, config.replica ?? {}, specsOf(config), at),
    }),
  ],
  [
    'PatchTransformer',
    define<PatchEntry>({
      shape: PATCH_FIELDS,
      prepare: (config, { builder, field }) => patchStep(builder, config, field),
    }),
  ],
  [
    'PatchJson6902Transformer',
    define<PatchEntry & { jsonOp?: string }>({
      shape: { target: SELECTOR, path: STRING, jsonOp: STRING },
      prepare: ({ jsonOp, ...config }, { builder, field }) =>
        jsonPatchStep(builder, jsonOp === undefined ? config : { ...config, patch: jsonOp }, field),
    }),
  ],
  [
    'PatchStrategicMergeTransformer',
    define<{ paths?: readonly string[]; patches?: string }>({
      shape: { paths: listOf(STRING), patches: STRING },
      prepare: (config, { builder, field, at }) => {
        const sources = [...(config.paths ?? []), ...(config.patches === undefined ? [] : [config.patches])];
        if (sources.length === 0) throw new BuildError({ ...at, message: 'must have paths or patches' });
        const steps = sources.flatMap((source) => strategicMergeSteps(builder, source, field));
        return (set) => {
          for (const step of steps) step(set);
        };
      },
    }),
  ],
  [
    'ReplacementTransformer',
    define<{ replacements?: readonly ReplacementEntry[] }>({
      shape: { replacements: listOf(REPLACEMENT_ENTRY) },
      prepare: (config, { builder, field }) => {
        const steps = (config.replacements ?? []).flatMap((entry) => replacementSteps(builder, entry, field));
        return (set) => {
          for (const step of steps) step(set);
        };
      },
    }),
  ],
  [
    'ValueAddTransformer',
    define<ValueAdd>({
      shape: { value: STRING, targets: listOf(VALUE_TARGET), targetFilePath: STRING },
      prepare: (config, context) => valueAdd(config, context),
    }),
  ],
  [
    'IAMPolicyGenerator',
    define<IamPolicy>({
      shape: {
        cloud: STRING,
        kubernetesService: object({ name: STRING, namespace: STRING }),
        serviceAccount: object({ name: STRING, projectId: STRING }),
      },
      prepare: (config, context) => iamPolicy(config, context),
    }),
  ],
  ['HashTransformer', define<object>({ shape: {}, prepare: () => addHashes })],
]);

/**
 * Reads a plugin: a builtin one by its kind. Anything else would run a program and is refused.
 *
 * @throws BuildError
 */
export function loadPlugin(builder: TreeBuilder, resource: Resource, field: string, at: ProblemDetail): Plugin {
  if (resource.apiVersion !== 'builtin') {
    throw new BuildError({
      ...at,
      message: `external plugins are refused: unable to load '${resource.kind}' (${resource.apiVersion})`,
      object: resource.describe(),
      suggestion: 'use a builtin transformer, patches or replacements; programs and containers are never run',
    });
  }
  if (resource.kind === 'HelmChartInflationGenerator') {
    throw new BuildError({
      ...at,
      message: 'HelmChartInflationGenerator is refused: Helm charts are not rendered here',
      object: resource.describe(),
      suggestion: 'render the chart with `helm template` and list the result under resources, or use a HelmRelease',
    });
  }
  const kind = KINDS.get(resource.kind);
  if (kind === undefined) {
    throw new BuildError({
      ...at,
      message: `there is no builtin plugin '${resource.kind}' here`,
      object: resource.describe(),
      suggestion: `known: ${[...KINDS.keys()].sort().join(', ')}`,
    });
  }
  const { yamlDepth, aliasNodes } = builder.scope.tree.limits;
  const node = readConfig(printObject(resource.node), { depth: yamlDepth, aliasNodes });
  const config = node === undefined ? {} : decodeFile(node, resource.file ?? '', object(kind.shape), at, true);
  return kind.prepare(config ?? {}, { builder, at: { ...at, object: resource.describe() }, field });
}
