import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scenario } from './fixture.ts';

let world: Scenario;
beforeAll(async () => {
  world = await Scenario.start();
});
afterAll(() => world.stop());

/** Serves one archive, whatever it holds, and points a source at it under its true digest. */
async function serveArchive(namespace: string, bytes: Uint8Array): Promise<{ close(): void }> {
  const server = createServer((_, response) => response.end(bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.tar.gz`;
  await world.point(namespace, 'ea', { url, digest, revision: `v1@${digest}` });
  return {
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function tarOf(
  entries: readonly {
    readonly name: string;
    readonly type?: 'file' | 'symlink' | 'character-device';
    readonly linkname?: string;
    readonly content?: string;
  }[],
): Promise<Uint8Array> {
  const archive = pack();
  for (const { content = '', ...header } of entries) archive.entry(header, content);
  archive.finalize();
  return collect(archive.pipe(createGzip()));
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A gigabyte of zeros in about a megabyte: many members of one gzip stream, and no tar at all is needed to be stopped. */
function bomb(): Uint8Array {
  const member = gzipSync(new Uint8Array(16 * 1024 * 1024));
  return Buffer.concat(Array.from({ length: 64 }, () => member));
}

describe('an artifact that is not what it should be', () => {
  const cases: readonly {
    readonly name: string;
    readonly archive: () => Promise<Uint8Array> | Uint8Array;
    readonly says: RegExp;
  }[] = [
    {
      name: 'leaves the archive with ..',
      archive: () => tarOf([{ name: '../x.yaml', content: 'a: 1\n' }]),
      says: /\.\.\/x\.yaml/,
    },
    {
      name: 'names an absolute path',
      archive: () => tarOf([{ name: '/etc/x.yaml', content: 'a: 1\n' }]),
      says: /\/etc\/x\.yaml/,
    },
    {
      name: 'links out of the archive',
      archive: () => tarOf([{ name: 'x.yaml', type: 'symlink', linkname: '/etc/passwd' }]),
      says: /x\.yaml/,
    },
    { name: 'holds a device', archive: () => tarOf([{ name: 'null', type: 'character-device' }]), says: /null/ },
    { name: 'is a gzip bomb', archive: bomb, says: /unpackedBytes/ },
    { name: 'is no archive', archive: () => new TextEncoder().encode('hello'), says: /gzip|tar/ },
  ];
  test.each(cases)('one that $name is refused, by name, and nothing is applied', async ({ archive, says }) => {
    const ns = await world.suite.namespace();
    const server = await serveArchive(ns, await archive());
    try {
      await world.stageSet(ns, 'app');
      const { status } = await world.ready(ns, 'app', 'False', 'StageFailed');
      const message = status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
      expect(message).toContain('stage "stage-a" fetch artifact: ');
      expect(message).toMatch(says);
      expect(await world.inventory(ns, 'app')).toEqual(new Map());
    } finally {
      server.close();
    }
  });
});
