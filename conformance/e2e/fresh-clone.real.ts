import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectPlatformRelease } from './platform-release.ts';
import { start } from './process.ts';
import { strangersShell } from './shell.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a fresh clone', () => {
  let folder: string;
  let clone: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stageset-clone-'));
    clone = join(folder, 'stageset');
    await run('git', ['clone', '--quiet', root, clone]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("the README's first command rolls the release out", async () => {
    const { code, stdout, stderr } = await start('bash', ['-c', 'npm ci && npm run demo'], clone, strangersShell())
      .ended;
    expect(`${stdout}${stderr}`).toContain('releases/platform is ready: 3 stages');
    expect(code).toBe(0);
  });

  test('and what it rolls out is what kubectl sees', async () => {
    const running = start(
      'node_modules/.bin/node',
      ['packages/cli/bin/stageset.js', 'up', 'examples/platform', '--keep'],
      clone,
      strangersShell(),
    );
    const [, kubeconfig = ''] = await running.printed(/export KUBECONFIG=(\S+)/);
    await expectPlatformRelease(kubeconfig);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(130);
  });
});
