import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseStageSet, unsupportedFields } from '@stageset/api';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const EXAMPLES = join(import.meta.dirname, '..', 'examples');

const stageSets = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.ya?ml$/.test(file))
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(EXAMPLES, file), 'utf8')).map((document) => ({
      file,
      object: document.toJS(),
    })),
  )
  .filter(({ object }) => object?.kind === 'StageSet');

describe('the StageSets of the examples', () => {
  test('are there', () => expect(stageSets.length).toBeGreaterThan(0));
  for (const { file, object } of stageSets) {
    test(`${file} is valid, and asks for nothing that is not supported`, () => {
      const parsed = parseStageSet(object);
      expect(parsed).toMatchObject({ ok: true });
      expect(parsed.ok && unsupportedFields(parsed.stageSet)).toEqual([]);
    });
  }
});
