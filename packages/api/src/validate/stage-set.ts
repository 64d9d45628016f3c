import { isJsonObject, own, validateLabelValue } from '@stageset/k8s';
import type { StageSet } from '../kinds.ts';
import { API_VERSION } from '../names.ts';
import type { Problem } from '../problem.ts';
import { type Definition, STAGE_SET_SPEC } from '../schema/definition.ts';
import { MAX_LABEL_VALUE_LENGTH } from '../schema/stage.ts';
import { Findings } from './findings.ts';
import { actions } from './rules/actions.ts';
import { cluster } from './rules/cluster.ts';
import { dependencies } from './rules/dependencies.ts';
import { expressions } from './rules/expressions.ts';
import { gates } from './rules/gates.ts';
import type { LooseSpec, Report, Rule } from './rules/rule.ts';
import { sources } from './rules/sources.ts';
import { versions } from './rules/versions.ts';
import { checkShape } from './shape.ts';

const RULES: readonly Rule[] = [cluster, dependencies, sources, actions, expressions, versions, gates];

/** A manifest of a StageSet. Metadata is the API server's to check, status the controller's to write. */
const MANIFEST: Definition = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string', enum: [API_VERSION], description: 'the version of this API' },
    kind: { type: 'string', enum: ['StageSet'], description: 'the kind of the object' },
    spec: STAGE_SET_SPEC,
  },
  required: ['apiVersion', 'kind', 'spec'],
};

/**
 * Everything that is wrong with a StageSet and can be seen without a cluster, in document order; empty when it is valid.
 * Takes any JSON value and never throws. A StageSet that passes may be used as one: all fields of its spec have their
 * declared types.
 */
export function validateStageSet(document: unknown): readonly Problem[] {
  const findings = new Findings();
  if (!isJsonObject(document)) {
    findings.add([], { message: 'a StageSet is a map of fields', fix: 'write apiVersion, kind, metadata and spec' });
    return findings.inOrderOf(document);
  }
  const { metadata, status, ...rest } = document;
  const manifest = checkShape(rest, MANIFEST, [], findings);
  checkMetadata(metadata, findings);
  const spec = isJsonObject(manifest) ? own(manifest, 'spec') : undefined;
  if (spec !== undefined) {
    const report: Report = (at, remark, lacking = []) => {
      if (!lacking.some((field) => findings.isUnusable(field))) findings.add(at, remark);
    };
    // What the check of the shape leaves has the declared types; only absence is still possible.
    for (const rule of RULES) rule(spec as LooseSpec, report, namespaceOf(metadata), nameOf(metadata));
  }
  return findings.inOrderOf(document);
}

function namespaceOf(metadata: unknown): string | undefined {
  const namespace = isJsonObject(metadata) ? own(metadata, 'namespace') : undefined;
  return typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
}

function nameOf(metadata: unknown): string | undefined {
  const name = isJsonObject(metadata) ? own(metadata, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** The name of a StageSet becomes a label of everything it applies. */
function checkMetadata(metadata: unknown, findings: Findings): void {
  const name = isJsonObject(metadata) ? own(metadata, 'name') : undefined;
  // The API server makes the name out of generateName before anything else sees the object.
  if (name === undefined && isJsonObject(metadata) && typeof own(metadata, 'generateName') === 'string') return;
  if (typeof name !== 'string' || name === '') {
    findings.add(['metadata', 'name'], { message: 'is missing', fix: 'name the StageSet' });
    return;
  }
  const [problem] = validateLabelValue(name);
  if (problem === undefined) return;
  findings.add(['metadata', 'name'], {
    value: name,
    message: `cannot be the value of a label: it ${problem}`,
    fix: `use at most ${MAX_LABEL_VALUE_LENGTH} lower-case letters, digits, dashes and dots`,
  });
}

export type ParsedStageSet =
  | { readonly ok: true; readonly stageSet: StageSet }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A JSON value as StageSet, or all that keeps it from being one. */
export function parseStageSet(document: unknown): ParsedStageSet {
  const problems = validateStageSet(document);
  return problems.length === 0 ? { ok: true, stageSet: document as StageSet } : { ok: false, problems };
}
