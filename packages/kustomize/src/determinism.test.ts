import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everything } from './testing/odd-trees.ts';

describe('the result depends on the files alone', () => {
  const expected = everything(Object.entries);

  test('not on the order in which the map was filled', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (stream) => {
        const shuffled = everything((tree) =>
          Object.entries(tree)
            .map((entry) => ({ entry, at: stream.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ entry }) => entry),
        );
        expect(shuffled).toBe(expected);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['C', 'UTC'],
    ['tr_TR.UTF-8', 'Pacific/Apia'],
    ['sv_SE.UTF-8', 'America/St_Johns'],
    ['ar_EG.UTF-8', 'Africa/Casablanca'],
    ['th_TH.UTF-8', 'Europe/Berlin'],
  ])('not on the locale %s or the time zone %s', (locale, zone) => {
    const program =
      `import { everything } from ${JSON.stringify(new URL('./testing/odd-trees.ts', import.meta.url))};` +
      'process.stdout.write(everything(Object.entries));';
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      env: { LANG: locale, LC_ALL: locale, LANGUAGE: locale, TZ: zone },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toBe(expected);
  });
});
