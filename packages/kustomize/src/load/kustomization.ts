import { ANYTHING, BOOLEAN, INTEGER, listOf, object, STRING, STRING_MAP } from './shape.ts';

export interface FieldSpec {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly path?: string;
  readonly create?: boolean;
}

export interface Selector {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

export interface PatchEntry {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: Selector;
  readonly options?: { readonly allowNameChange?: boolean; readonly allowKindChange?: boolean };
}

export interface LabelEntry {
  readonly pairs?: ReadonlyMap<string, string>;
  readonly includeSelectors?: boolean;
  readonly includeTemplates?: boolean;
  readonly fields?: readonly FieldSpec[];
}

export interface ImageEntry {
  readonly name?: string;
  readonly newName?: string;
  readonly tagSuffix?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

export interface ReplicaEntry {
  readonly name?: string;
  readonly count?: number;
}

export interface GeneratorOptions {
  readonly labels?: ReadonlyMap<string, string>;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly disableNameSuffixHash?: boolean;
  readonly immutable?: boolean;
}

export interface GeneratorEntry {
  readonly namespace?: string;
  readonly name?: string;
  readonly behavior?: string;
  readonly literals?: readonly string[];
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
  readonly env?: string;
  readonly options?: GeneratorOptions;
  /** Of a Secret. */
  readonly type?: string;
}

export interface FieldOptions {
  readonly delimiter?: string;
  readonly index?: number;
  readonly encoding?: string;
  readonly create?: boolean;
}

export interface ReplacementSource {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly fieldPath?: string;
  readonly options?: FieldOptions;
}

export interface ReplacementTarget {
  readonly select?: Selector;
  readonly reject?: readonly Selector[];
  readonly fieldPaths?: readonly string[];
  readonly options?: FieldOptions;
}

export interface ReplacementEntry {
  readonly source?: ReplacementSource;
  readonly sourceValue?: string;
  readonly targets?: readonly ReplacementTarget[];
  readonly path?: string;
}

export interface VarEntry {
  readonly name?: string;
  readonly objref?: {
    readonly apiVersion?: string;
    readonly group?: string;
    readonly version?: string;
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
  };
  readonly fieldref?: { readonly fieldPath?: string };
}

export interface SortOptions {
  readonly order?: string;
  readonly legacySortOptions?: { readonly orderFirst?: readonly string[]; readonly orderLast?: readonly string[] };
}

/** A kustomization file, deprecated fields folded into their successors. */
export interface Kustomization {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Record<string, unknown>;
  readonly openapi?: ReadonlyMap<string, string>;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly namespace?: string;
  readonly commonLabels?: ReadonlyMap<string, string>;
  readonly labels?: readonly LabelEntry[];
  readonly commonAnnotations?: ReadonlyMap<string, string>;
  readonly patchesStrategicMerge?: readonly string[];
  readonly patchesJson6902?: readonly PatchEntry[];
  readonly patches?: readonly PatchEntry[];
  readonly images?: readonly ImageEntry[];
  readonly imageTags?: readonly ImageEntry[];
  readonly replacements?: readonly ReplacementEntry[];
  readonly replicas?: readonly ReplicaEntry[];
  readonly vars?: readonly VarEntry[];
  readonly sortOptions?: SortOptions;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly crds?: readonly string[];
  readonly bases?: readonly string[];
  readonly configMapGenerator?: readonly GeneratorEntry[];
  readonly secretGenerator?: readonly GeneratorEntry[];
  readonly helmGlobals?: Record<string, unknown>;
  readonly helmCharts?: readonly Record<string, unknown>[];
  readonly helmChartInflationGenerator?: readonly Record<string, unknown>[];
  readonly generatorOptions?: GeneratorOptions;
  readonly configurations?: readonly string[];
  readonly generators?: readonly string[];
  readonly transformers?: readonly string[];
  readonly validators?: readonly string[];
  readonly buildMetadata?: readonly string[];
}

const GVK = { group: STRING, version: STRING, kind: STRING };

export const FIELD_SPEC = object({ ...GVK, path: STRING, create: BOOLEAN });

export const SELECTOR = object({
  ...GVK,
  name: STRING,
  namespace: STRING,
  annotationSelector: STRING,
  labelSelector: STRING,
});

export const PATCH_FIELDS = {
  path: STRING,
  patch: STRING,
  target: SELECTOR,
  options: object({ allowNameChange: BOOLEAN, allowKindChange: BOOLEAN }),
};

const PATCH = object(PATCH_FIELDS);

export const IMAGE = object({
  name: STRING,
  newName: STRING,
  tagSuffix: STRING,
  newTag: STRING,
  digest: STRING,
});

const GENERATOR_OPTIONS = object({
  labels: STRING_MAP,
  annotations: STRING_MAP,
  disableNameSuffixHash: BOOLEAN,
  immutable: BOOLEAN,
});

export const GENERATOR_FIELDS = {
  namespace: STRING,
  name: STRING,
  behavior: STRING,
  literals: listOf(STRING),
  files: listOf(STRING),
  envs: listOf(STRING),
  env: STRING,
  options: GENERATOR_OPTIONS,
};

const FIELD_OPTIONS = object({ delimiter: STRING, index: INTEGER, encoding: STRING, create: BOOLEAN });

const REPLACEMENT_FIELDS = {
  source: object({ ...GVK, name: STRING, namespace: STRING, fieldPath: STRING, options: FIELD_OPTIONS }),
  sourceValue: STRING,
  targets: listOf(
    object({ select: SELECTOR, reject: listOf(SELECTOR), fieldPaths: listOf(STRING), options: FIELD_OPTIONS }),
  ),
};

/** One replacement in a file of its own. */
export const REPLACEMENT = object(REPLACEMENT_FIELDS);
/** A replacement in a kustomization, which may be a reference to a file. */
export const REPLACEMENT_ENTRY = object({ ...REPLACEMENT_FIELDS, path: STRING });

export const REPLICA = object({ name: STRING, count: INTEGER });

const VAR = object({
  name: STRING,
  objref: object({ apiVersion: STRING, ...GVK, name: STRING, namespace: STRING }),
  fieldref: object({ fieldPath: STRING }),
});

const SORT_OPTIONS = object({
  order: STRING,
  legacySortOptions: object({ orderFirst: listOf(STRING), orderLast: listOf(STRING) }),
});

const LABEL = object({
  pairs: STRING_MAP,
  includeSelectors: BOOLEAN,
  includeTemplates: BOOLEAN,
  fields: listOf(FIELD_SPEC),
});

/** Every field of a kustomization. Helm's are named so that they can be refused by name. */
export const KUSTOMIZATION = object({
  apiVersion: STRING,
  kind: STRING,
  metadata: object({ name: STRING, namespace: STRING, labels: STRING_MAP, annotations: STRING_MAP }),
  openapi: STRING_MAP,
  namePrefix: STRING,
  nameSuffix: STRING,
  namespace: STRING,
  commonLabels: STRING_MAP,
  labels: listOf(LABEL),
  commonAnnotations: STRING_MAP,
  patchesStrategicMerge: listOf(STRING),
  patchesJson6902: listOf(PATCH),
  patches: listOf(PATCH),
  images: listOf(IMAGE),
  imageTags: listOf(IMAGE),
  replacements: listOf(REPLACEMENT_ENTRY),
  replicas: listOf(REPLICA),
  vars: listOf(VAR),
  sortOptions: SORT_OPTIONS,
  resources: listOf(STRING),
  components: listOf(STRING),
  crds: listOf(STRING),
  bases: listOf(STRING),
  configMapGenerator: listOf(object(GENERATOR_FIELDS)),
  secretGenerator: listOf(object({ ...GENERATOR_FIELDS, type: STRING })),
  helmGlobals: ANYTHING,
  helmCharts: listOf(ANYTHING),
  helmChartInflationGenerator: listOf(ANYTHING),
  generatorOptions: GENERATOR_OPTIONS,
  configurations: listOf(STRING),
  generators: listOf(STRING),
  transformers: listOf(STRING),
  validators: listOf(STRING),
  buildMetadata: listOf(STRING),
});
