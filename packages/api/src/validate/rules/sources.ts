/** References to sources, and paths into their artifacts. */
import { type JsonPath, nearestName } from '@stageset/k8s';
import { SOURCE_KINDS, type SourceReference } from '../../kinds.ts';
import type { Loose } from '../loose.ts';
import { actionsOf } from './actions.ts';
import { each, type Report, type Rule } from './rule.ts';

export const sources: Rule = (spec, report, namespace) => {
  for (const [i, stage] of each(spec.stages)) {
    checkReference(stage.sourceRef, ['spec', 'stages', i, 'sourceRef'], report);
    checkPath(stage.path, ['spec', 'stages', i, 'path'], report);
  }
  for (const { at, action } of actionsOf(spec)) {
    for (const verb of ['job', 'apply'] as const) {
      checkReference(action[verb]?.sourceRef, [...at, verb, 'sourceRef'], report);
      checkPath(action[verb]?.path, [...at, verb, 'path'], report);
    }
  }
  const ladder = spec.migrationsSourceRef;
  checkReference(ladder?.sourceRef, ['spec', 'migrationsSourceRef', 'sourceRef'], report);
  checkPath(ladder?.path, ['spec', 'migrationsSourceRef', 'path'], report);
  const foreign = ladder?.sourceRef?.namespace;
  // Before admission a manifest may leave its own namespace to the request: then there is nothing to compare with.
  if (foreign && namespace !== undefined && foreign !== namespace) {
    report(['spec', 'migrationsSourceRef', 'sourceRef', 'namespace'], {
      value: foreign,
      message: 'is another namespace, from which migrations are not taken',
      fix: `use a source in ${namespace}, and take the field out`,
    });
  }
};

/** Any kind but those of Flux is a producer, of which only its API group tells it from others of the same name. */
function checkReference(reference: Loose<SourceReference> | undefined, at: JsonPath, report: Report): void {
  const kind = reference?.kind;
  if (reference?.apiVersion || !kind || SOURCE_KINDS.some((known) => known === kind)) return;
  const nearest = nearestName(kind, SOURCE_KINDS);
  if (nearest !== undefined) {
    report([...at, 'kind'], {
      value: kind,
      message: 'is no kind of source, and as a producer would need an apiVersion',
      allowed: SOURCE_KINDS,
      fix: `did you mean ${nearest}?`,
    });
    return;
  }
  report([...at, 'apiVersion'], {
    message: `is missing: ${kind} is a producer, whose ExternalArtifact is found by its API group`,
    fix: `set the apiVersion of ${kind}`,
  });
}

/** A path may wander, but not leave the artifact. */
function checkPath(path: string | undefined, at: JsonPath, report: Report): void {
  let depth = 0;
  for (const step of (path ?? '').split('/')) {
    if (step === '..') depth--;
    else if (step !== '' && step !== '.') depth++;
    if (depth < 0) {
      report(at, {
        value: path ?? '',
        message: 'leads out of the artifact',
        fix: 'write a path from the root of the artifact, without leading ..',
      });
      return;
    }
  }
}
