import { deepEqual, type KubeObject } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, textAt } from '../fields.ts';
import type { Faults } from './faults.ts';

const count = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

/** Rules of a role; those of a namespace cannot speak of paths. */
export function validateRole(object: KubeObject, _old: KubeObject | undefined, faults: Faults): void {
  for (const [index, rule] of listAt(object, 'rules').entries()) {
    const at = `rules[${index}]`;
    if (count(rule['verbs']) === 0) faults.required(`${at}.verbs`, 'verbs must contain at least one value');
    if (count(rule['nonResourceURLs']) > 0) {
      if (object.kind === 'Role') {
        const why = 'namespaced rules cannot apply to non-resource URLs';
        faults.invalid(`${at}.nonResourceURLs`, rule['nonResourceURLs'], why);
      }
      if (count(rule['apiGroups']) > 0 || count(rule['resources']) > 0) {
        const why = 'rules cannot apply to both regular resources and non-resource URLs';
        faults.invalid(`${at}.nonResourceURLs`, rule['nonResourceURLs'], why);
      }
      continue;
    }
    if (count(rule['apiGroups']) === 0) {
      faults.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
    }
    if (count(rule['resources']) === 0) {
      faults.required(`${at}.resources`, 'resource rules must supply at least one resource');
    }
  }
}

const SUBJECTS = ['ServiceAccount', 'User', 'Group'];

export function validateBinding(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const role = fieldsAt(object, 'roleRef');
  const roles = object.kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!roles.includes(String(role['kind']))) faults.notSupported('roleRef.kind', role['kind'], roles);
  if (textAt(role, 'name') === undefined) faults.required('roleRef.name');
  for (const [index, subject] of listAt(object, 'subjects').entries()) {
    validateSubject(subject, `subjects[${index}]`, object.kind === 'RoleBinding', faults);
  }
  if (old !== undefined && !deepEqual(role, fieldsAt(old, 'roleRef'))) {
    const shown = { APIGroup: role['apiGroup'], Kind: role['kind'], Name: role['name'] };
    faults.invalid('roleRef', shown, 'cannot change roleRef');
  }
}

function validateSubject(subject: Fields, path: string, isNamespaced: boolean, faults: Faults): void {
  if (textAt(subject, 'name') === undefined) faults.required(`${path}.name`);
  const { kind } = subject;
  if (typeof kind !== 'string' || !SUBJECTS.includes(kind)) faults.notSupported(`${path}.kind`, kind, SUBJECTS);
  if (kind === 'ServiceAccount' && !isNamespaced && textAt(subject, 'namespace') === undefined) {
    faults.required(`${path}.namespace`);
  }
}
