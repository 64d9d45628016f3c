import { describe, expect, test } from 'vitest';
import { checkImports, checkRepository } from './check-imports.ts';

const messages = (file: string, text: string) => checkImports(file, text).map((fault) => fault.message);

describe('the import table', () => {
  const forbidden: readonly { name: string; file: string; text: string; want: RegExp }[] = [
    {
      name: 'the planner may not reach a cluster',
      file: 'packages/delivery/src/plan/next-step.ts',
      text: "import { createCluster } from '@stageset/client';",
      want: /delivery may not import @stageset\/client/,
    },
    {
      name: 'a pure package may not use the file system',
      file: 'packages/kustomize/src/load/load.ts',
      text: "import { readFileSync } from 'node:fs';",
      want: /may not use Node's own modules/,
    },
    {
      name: 'a reconciler may not choose an adapter',
      file: 'packages/controller/src/reconcile/pass.ts',
      text: "import type { Artifacts } from '@stageset/artifact';",
      want: /controller may not import @stageset\/artifact/,
    },
    {
      name: 'a reconciler may not import the composition root',
      file: 'packages/controller/src/reconcile/pass.ts',
      text: "import { start } from '../main/start.ts';",
      want: /controller may not import controller\/main/,
    },
    {
      name: 'a package is not reached around its exports',
      file: 'packages/client/src/cluster.ts',
      text: "export { x } from '../../k8s/src/object.ts';",
      want: /leaves the package/,
    },
    {
      name: 'an unlisted dependency',
      file: 'packages/k8s/src/object.ts',
      text: "const x = await import('lodash');",
      want: /may not import lodash/,
    },
    {
      name: 'test builders do not reach production code',
      file: 'packages/client/src/cluster.ts',
      text: "import { FakeClock } from '@stageset/testkit';",
      want: /may not import @stageset\/testkit/,
    },
    { name: 'a folder nobody wrote a rule for', file: 'packages/new/src/a.ts', text: '', want: /no rule/ },
  ];
  for (const { name, file, text, want } of forbidden) {
    test(`refuses: ${name}`, () => expect(messages(file, text)).toEqual([expect.stringMatching(want)]));
  }

  test('allows what the table names, and development tools in tests', () => {
    expect(messages('packages/delivery/src/a.ts', "import type { KubeObject } from '@stageset/k8s';")).toEqual([]);
    expect(
      messages('packages/delivery/src/a.test.ts', "import fc from 'fast-check';\nimport '@stageset/testkit';"),
    ).toEqual([]);
    expect(messages('packages/controller/src/main/start.ts', "import { a } from '../reconcile/pass.ts';")).toEqual([]);
  });

  test('holds for the whole repository', () => {
    expect(checkRepository(process.cwd())).toEqual([]);
  });
});
