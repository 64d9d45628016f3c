import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../../support/suite-cluster.ts';
import { closeDesk, type Desk, openDesk, play, type Session } from './session.ts';

const golden = (area: string) => new URL(`../golden/kubectl/${area}.txt`, import.meta.url);
/** Wordings are those of one kubectl, which the development dependency has for this platform alone. */
export const isRunnable = process.platform === 'linux' && process.arch === 'x64';
const HEADING = /^=== (.*)\n/gm;

/**
 * Registers a test per session, under the area's name. What a real cluster answered is recorded once
 * (`STAGESET_RECORD=1` on the project `real`) and held to both clusters ever after.
 */
export function sessions(area: string, cases: readonly Session[]): void {
  const recorded = readGolden(area);
  const isRecording = process.env['STAGESET_RECORD'] === '1';
  const fresh = new Map<string, string>();
  let suite: SuiteCluster;
  let desk: Desk;

  describe.skipIf(!isRunnable).concurrent(`kubectl: ${area}`, () => {
    beforeAll(async () => {
      suite = await suiteCluster();
      desk = await openDesk(suite);
    });
    afterAll(async () => {
      if (isRecording) writeGolden(area, cases, fresh);
      await closeDesk(desk);
      await suite.stop();
    });
    for (const session of cases) {
      test(session.name, async () => {
        const transcript = await play(desk, session);
        fresh.set(session.name, transcript);
        if (!isRecording) expect(transcript).toBe(recorded.get(session.name));
      });
    }
  });
}

function readGolden(area: string): ReadonlyMap<string, string> {
  const file = golden(area);
  if (!existsSync(file)) return new Map();
  const [, ...parts] = readFileSync(file, 'utf8').split(HEADING);
  const sections = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 2) {
    // The last line of a section is empty, for the reader's eye.
    sections.set(parts[at] ?? '', (parts[at + 1] ?? '').replace(/\n$/, ''));
  }
  return sections;
}

function writeGolden(area: string, cases: readonly Session[], fresh: ReadonlyMap<string, string>): void {
  const file = golden(area);
  const recorded = readGolden(area);
  mkdirSync(new URL('.', file), { recursive: true });
  // A run of some of the cases leaves the others as they are.
  const sections = cases.map(({ name }) => `=== ${name}\n${fresh.get(name) ?? recorded.get(name) ?? ''}\n`);
  writeFileSync(file, sections.join(''));
}
