import { goQuote } from '../structural/go-format.ts';
import type { FieldSet } from './field-set.ts';
import type { ManagerIdentity, Owners } from './managed-fields.ts';
import { formatFieldPath } from './path-element.ts';
import type { FieldConflict } from './types.ts';
import { compareStrings } from './value-order.ts';

/** Conflicts as a list, managers in order and each one's fields in canonical order. */
export function listConflicts(byOwner: ReadonlyMap<string, FieldSet>, owners: Owners): FieldConflict[] {
  const result: FieldConflict[] = [];
  for (const [id, fields] of [...byOwner].sort(([a], [b]) => compareStrings(a, b))) {
    const owner = owners.get(id);
    if (owner === undefined) continue;
    const { manager, operation, subresource } = owner.identity;
    for (const path of fields.paths()) {
      result.push({
        manager,
        operation,
        apiVersion: owner.apiVersion,
        ...(subresource === '' ? {} : { subresource }),
        field: formatFieldPath(path),
        message: `conflict with ${describe(owner.identity)}`,
      });
    }
  }
  return result;
}

/** `"hpa" with subresource "scale" using v1`: the version is told only of updaters. */
function describe({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  const name = subresource === '' ? goQuote(manager) : `${goQuote(manager)} with subresource ${goQuote(subresource)}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** The whole answer's message. Expects the order of {@link listConflicts}. */
export function conflictsMessage(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  }
  const lines: string[] = [];
  let group = '';
  for (const { message, field } of conflicts) {
    if (message !== group) lines.push(`${message.replace('conflict', 'conflicts')}:`);
    group = message;
    lines.push(`- ${field}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}
