import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import type { Schema } from '../schema.ts';
import { keepTimesOfUnchanged } from './keep-times.ts';
import { applyServerSide, trackUpdate } from './server-side-apply.ts';
import type { ApplyRequest, UpdateRequest } from './types.ts';

/**
 * Answers of a real API server to writes in the middle of long sequences. Kept by
 * `conformance/cluster/server-side-apply.real.ts`, which says how to make them anew.
 */
interface GoldenFile {
  readonly schema: Schema;
  readonly empty: Record<string, unknown> | null;
  readonly cases: readonly {
    readonly name: string;
    readonly request: unknown;
    readonly stored?: KubeObject;
    readonly merged?: unknown;
    readonly failure?: { readonly code: number; readonly message: string; readonly causes: readonly unknown[] };
  }[];
}

const folder = new URL('./golden/', import.meta.url);

for (const file of readdirSync(folder)) {
  const { schema, empty, cases } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as GoldenFile;
  const fixed = { schema, ...(empty === null ? {} : { empty }) };
  describe(file, () => {
    test.each(cases.map((golden) => [golden.name, golden] as const))(
      '%s',
      (_, { request, stored, merged, failure }) => {
        if ('updated' in (request as object)) {
          const update = { ...(request as UpdateRequest), ...fixed };
          expect(settled(update.live, stored, trackUpdate(update))).toEqual(owners(stored));
          return;
        }
        const apply = { ...(request as ApplyRequest), ...fixed };
        const result = applyServerSide(apply);
        if (result.kind === 'merged') {
          expect(withoutOwners(result.object)).toEqual(merged);
          expect(settled(apply.live, stored, result.object)).toEqual(owners(stored));
        } else if (result.kind === 'conflict') {
          const causes = result.conflicts.map(({ message, field }) => ({
            reason: 'FieldManagerConflict',
            message,
            field,
          }));
          expect(result.message).toBe(failure?.message);
          expect(new Set(causes)).toEqual(new Set(failure?.causes));
        } else {
          expect({ code: result.code, message: result.message }).toEqual({
            code: failure?.code,
            message: failure?.message,
          });
        }
      },
    );
  });
}

/** The server looks at its clock once for what was there before the first apply and again for the apply itself. */
function owners(object: KubeObject | undefined): unknown {
  const entries = object?.metadata.managedFields ?? [];
  return entries.map((entry) => (entry.manager === 'before-first-apply' ? { ...entry, time: '' } : entry));
}

/** The owners after the caller has done its part: the object as stored, times put back when nothing changed. */
function settled(live: KubeObject | undefined, stored: KubeObject | undefined, result: KubeObject): unknown {
  if (stored === undefined) throw new Error('a golden case without the stored object');
  const { managedFields: _, ...metadata } = stored.metadata;
  const { managedFields } = result.metadata;
  const next = { ...stored, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
  return owners(live === undefined ? next : keepTimesOfUnchanged(live, next));
}

function withoutOwners(object: KubeObject): unknown {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
