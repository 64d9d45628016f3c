import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('what the local cluster knows of built-in kinds is what a real server says of them', () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/built-in-facts.ts', inject('kubeconfig'), '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
});
