/** StageSets that have to be ready first. */
import { each, type Rule } from './rule.ts';

/** Longer circles are seen when the StageSets are there; this one never ends. */
export const dependencies: Rule = (spec, report, namespace, name) => {
  for (const [i, dependency] of each(spec.dependsOn)) {
    const isOwn = !dependency.namespace || dependency.namespace === namespace;
    if (name === undefined || dependency.name !== name || !isOwn) continue;
    report(['spec', 'dependsOn', i, 'name'], {
      value: name,
      message: 'is this StageSet itself, which would wait for itself for ever',
      fix: 'take it out',
    });
  }
};
