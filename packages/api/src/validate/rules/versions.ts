/** The delivered version and the migrations between versions. */
import type { JsonPath } from '@stageset/k8s';
import { each, exactlyOne, type LooseSpec, type Report, type Rule } from './rule.ts';

const SOURCES = ['value', 'fromObject', 'fromArtifact'] as const;
/** In migrations a failing action is tried again less often than in a stage. */
export const MAX_MIGRATION_RETRIES = 10;

export const versions: Rule = (spec, report) => {
  const { version, migrations, migrationsSourceRef } = spec;
  if (version !== undefined) {
    // An empty value says nothing, as the reference has it.
    const said = { ...version, value: version.value?.trim() === '' ? undefined : version.value };
    exactlyOne(said, SOURCES, ['spec', 'version'], report);
    checkStageName(version.fromObject?.stage, spec, ['spec', 'version', 'fromObject', 'stage'], report);
    checkStageName(version.fromArtifact?.stage, spec, ['spec', 'version', 'fromArtifact', 'stage'], report);
  }
  const inline = migrations !== undefined && migrations.length > 0;
  if (inline && migrationsSourceRef !== undefined) {
    report(['spec', 'migrationsSourceRef'], {
      message: 'excludes spec.migrations',
      fix: 'take one of the two out',
    });
  }
  if (!inline && migrationsSourceRef === undefined) return;
  if (version === undefined) {
    report(
      ['spec', inline ? 'migrations' : 'migrationsSourceRef'],
      { message: 'needs a version to count by', fix: 'set spec.version' },
      [['spec', 'version']],
    );
  }
  checkAnchors(spec, report);
  checkLadder(spec, report);
};

function stageNames(spec: LooseSpec): readonly string[] {
  return [...each(spec.stages)].flatMap(([, { name }]) => (name === undefined ? [] : [name]));
}

function checkStageName(name: string | undefined, spec: LooseSpec, at: JsonPath, report: Report): void {
  const names = stageNames(spec);
  if (name === undefined || name === '' || names.includes(name)) return;
  report(at, {
    value: name,
    message: 'names no stage of this StageSet',
    allowed: names,
    fix: 'name one of the stages',
  });
}

/** Names and anchors of stages share one name space, for migrations may use either. */
function checkAnchors(spec: LooseSpec, report: Report): void {
  const taken = new Set(stageNames(spec));
  for (const [i, { name, migrationAnchor: anchor }] of each(spec.stages)) {
    if (!anchor || anchor === name) continue;
    if (taken.has(anchor)) {
      report(['spec', 'stages', i, 'migrationAnchor'], {
        value: anchor,
        message: 'is also the name or the anchor of another stage',
        fix: 'give it another name',
      });
    }
    taken.add(anchor);
  }
}

function checkLadder(spec: LooseSpec, report: Report): void {
  const anchors = [
    ...stageNames(spec),
    ...[...each(spec.stages)].flatMap(([, { migrationAnchor: anchor }]) => (anchor ? [anchor] : [])),
  ];
  for (const [i, migration] of each(spec.migrations)) {
    const at: JsonPath = ['spec', 'migrations', i];
    const { stage, to, from } = migration;
    if (stage && !anchors.includes(stage)) {
      report([...at, 'stage'], {
        value: stage,
        message: 'names no stage and no migrationAnchor of this StageSet',
        allowed: anchors,
        fix: 'name one of them',
      });
    }
    if (to !== undefined && to.trim() === '') {
      report([...at, 'to'], { value: to, message: 'is empty', fix: 'write a semantic version such as 1.4.0' });
    }
    if (from !== undefined && /^v?\d+(\.\d+)*$/.test(from.trim())) {
      report([...at, 'from'], {
        value: from,
        message: 'is a version, but must be a constraint',
        fix: `write >=${from.trim()} for this version and later ones, or =${from.trim()} for it alone`,
      });
    }
    for (const list of ['actions', 'down'] as const) {
      for (const [j, { retries = 0 }] of each(migration[list])) {
        if (retries <= MAX_MIGRATION_RETRIES) continue;
        report([...at, list, j, 'retries'], {
          value: retries,
          message: 'is too large for a migration',
          fix: `write ${MAX_MIGRATION_RETRIES} or less`,
        });
      }
    }
  }
}
