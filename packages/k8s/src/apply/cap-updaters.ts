import { identifierOf, type Owners, type Ownership, secondsOf } from './managed-fields.ts';
import { compareStrings } from './value-order.ts';

/** How many updaters an object remembers by name. Appliers do not count. */
export const MAX_UPDATERS = 10;
const ANCIENT = 'ancient-changes';

/** Folds the oldest updaters into one entry per version, `ancient-changes`, until no more than the bound are left. */
export function capUpdaters(owners: Owners): void {
  const updaters = [...owners].filter(([, { identity }]) => identity.operation === 'Update');
  if (updaters.length <= MAX_UPDATERS) return;
  updaters.sort(([idA, a], [idB, b]) => secondsOf(a.time) - secondsOf(b.time) || compareStrings(idA, idB));
  let left = updaters.length;
  const firstOf = new Map<string, string>();
  for (const [id, updater] of updaters) {
    if (left <= MAX_UPDATERS) return;
    const first = firstOf.get(updater.apiVersion);
    if (first === undefined) {
      firstOf.set(updater.apiVersion, id);
      continue;
    }
    fold(owners, first, id, updater);
    left--;
  }
}

function fold(owners: Owners, first: string, id: string, updater: Ownership): void {
  const { apiVersion, fields, time } = updater;
  const identity = { manager: ANCIENT, operation: 'Update', apiVersion, subresource: '' } as const;
  const bucketId = identifierOf(identity);
  const bucket = owners.get(bucketId) ?? owners.get(first);
  if (!owners.has(bucketId)) owners.delete(first);
  owners.set(bucketId, {
    identity,
    apiVersion,
    fields: bucket === undefined ? fields : fields.union(bucket.fields),
    time,
  });
  owners.delete(id);
}
