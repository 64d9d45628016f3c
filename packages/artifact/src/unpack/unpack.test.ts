import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { ArtifactError } from '../errors.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { packFiles } from '../pack/pack.ts';
import { storedGzip } from '../pack/stored-gzip.ts';
import { unpack } from './unpack.ts';

type Given = Partial<Header> & { readonly name: string; readonly content?: string };

async function tarOf(entries: readonly Given[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry({ ...header, size: 0 }).end(null);
    else tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

async function unpacked(archive: Uint8Array, limits = {}): Promise<Record<string, string>> {
  const tree = await unpack(archive, 'artifact', { ...DEFAULT_LIMITS, ...limits });
  return Object.fromEntries([...tree].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

const kept: readonly { name: string; given: readonly Given[]; want: Record<string, string> }[] = [
  {
    name: 'files, and folders as nothing of their own',
    given: [
      { name: 'a', type: 'directory' },
      { name: './a/b.yaml', content: 'x' },
      { name: 'empty', content: '' },
    ],
    want: { 'a/b.yaml': 'x', empty: '' },
  },
  {
    name: 'names with spaces, plus, at, UTF-8 and leading dots',
    given: ['a b.yaml', 'a+b', 'a@2.yaml', 'größe/名.yaml', '.hidden/.sops.yaml', '__proto__'].map((name) => ({
      name,
      content: 'x',
    })),
    want: Object.fromEntries(
      ['a b.yaml', 'a+b', 'a@2.yaml', 'größe/名.yaml', '.hidden/.sops.yaml', '__proto__'].map((name) => [name, 'x']),
    ),
  },
  {
    name: 'links to files of the archive, through other links, whatever comes first',
    given: [
      { name: 'x/second', type: 'symlink', linkname: '../first' },
      { name: 'first', type: 'symlink', linkname: './a/real' },
      { name: 'hard', type: 'link', linkname: 'a/real' },
      { name: 'a/real', content: 'x' },
    ],
    want: { 'a/real': 'x', 'x/second': 'x', first: 'x', hard: 'x' },
  },
  {
    name: 'no links to folders, to nothing or in a circle',
    given: [
      { name: 'a/b', content: 'x' },
      { name: 'folder', type: 'symlink', linkname: 'a' },
      { name: 'nothing', type: 'symlink', linkname: 'nowhere' },
      { name: 'round', type: 'symlink', linkname: 'trip' },
      { name: 'trip', type: 'symlink', linkname: 'round' },
    ],
    want: { 'a/b': 'x' },
  },
];
describe('keeps', () => {
  for (const { name, given, want } of kept) {
    test(name, async () => expect(await unpacked(gzipSync(await tarOf(given)))).toEqual(want));
  }
  test('a gzip of several members', async () => {
    const tar = await tarOf([{ name: 'a', content: 'x'.repeat(2000) }]);
    expect(await unpacked(Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]))).toEqual({
      a: 'x'.repeat(2000),
    });
  });
});

const refused: readonly { name: string; given: readonly Given[]; limits?: object; want: RegExp; limit?: string }[] = [
  { name: 'a name that climbs out', given: [{ name: '../x', content: '' }], want: /"..\/x" leads out/ },
  { name: 'a name that climbs out later', given: [{ name: 'a/../../x', content: '' }], want: /leads out/ },
  { name: 'an absolute name', given: [{ name: '/etc/passwd', content: '' }], want: /"\/etc\/passwd" leads out/ },
  { name: 'a backslash', given: [{ name: '..\\x', content: '' }], want: /is not valid/ },
  {
    name: 'a link that climbs out',
    given: [{ name: 'l', type: 'symlink', linkname: '../x' }],
    want: /"l" is a link that leads out/,
  },
  { name: 'an absolute link', given: [{ name: 'l', type: 'symlink', linkname: '/etc/passwd' }], want: /leads out/ },
  { name: 'a hard link out', given: [{ name: 'l', type: 'link', linkname: '../x' }], want: /leads out/ },
  { name: 'a device', given: [{ name: 'd', type: 'character-device' }], want: /d is a character-device/ },
  { name: 'a pipe', given: [{ name: 'p', type: 'fifo' }], want: /p is a fifo/ },
  {
    name: 'a file twice',
    given: [
      { name: 'a', content: '1' },
      { name: './a', content: '2' },
    ],
    want: /"a" is there twice/,
  },
  {
    name: 'too large a file',
    given: [{ name: 'a', content: 'xxxx' }],
    limits: { entryBytes: 3 },
    want: /a: more than 3 bytes/,
    limit: 'entryBytes',
  },
  {
    name: 'too much in all',
    given: [
      { name: 'a', content: 'xx' },
      { name: 'b', content: 'xx' },
    ],
    limits: { keptBytes: 3 },
    want: /more than 3 bytes of files in all/,
    limit: 'keptBytes',
  },
  {
    name: 'too many entries',
    given: [
      { name: 'a', type: 'directory' },
      { name: 'b', content: '' },
    ],
    limits: { entries: 1 },
    want: /more than 1 entries/,
    limit: 'entries',
  },
  {
    name: 'too deep a name',
    given: [{ name: 'a/b/c', content: '' }],
    limits: { depth: 2 },
    want: /more than 2 segments/,
    limit: 'depth',
  },
  {
    name: 'too long a name',
    given: [{ name: 'x'.repeat(300), content: '' }],
    limits: { nameBytes: 200 },
    want: /more than 200 bytes in a name/,
    limit: 'nameBytes',
  },
];
describe('refuses', () => {
  for (const { name, given, limits = {}, want, limit } of refused) {
    test(name, async () => {
      const error = await unpacked(gzipSync(await tarOf(given)), limits).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ArtifactError);
      expect(error).toMatchObject({ kind: 'malformed', message: expect.stringMatching(want), limit });
    });
  }

  test('a gzip bomb, without inflating it to the end', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    await expect(unpacked(bomb, { unpackedBytes: 1024 * 1024 })).rejects.toMatchObject({ limit: 'unpackedBytes' });
  });

  test('what is cut short at any place, and what is no archive', async () => {
    const whole = gzipSync(
      await tarOf([
        { name: 'a', content: 'x'.repeat(3000) },
        { name: 'b', content: 'y' },
      ]),
    );
    for (const end of [0, 5, 20, whole.length - 9, whole.length - 1]) {
      await expect(unpacked(whole.subarray(0, end)), `${end} bytes`).rejects.toMatchObject({ kind: 'malformed' });
    }
    const tar = await tarOf([{ name: 'a', content: 'x'.repeat(3000) }]);
    await expect(unpacked(gzipSync(tar.subarray(0, 1500)))).rejects.toMatchObject({ kind: 'malformed' });
    await expect(unpacked(Buffer.from('<html>not found</html>'))).rejects.toMatchObject({ kind: 'malformed' });
  });
});

test('unpack undoes pack, and the same files give the same bytes in any order', async () => {
  const segment = fc
    .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
    .filter((s) => !/[/\\\0]/.test(s) && s !== '.' && s !== '..');
  const name = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/'));
  const files = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 2000 })), {
    selector: ([key]) => key,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(files, async (entries) => {
      const packed = await packFiles(new Map(entries));
      const again = await packFiles(new Map(entries.toReversed()));
      expect(again.digest).toBe(packed.digest);
      const tree = await unpack(packed.bytes, 'artifact', DEFAULT_LIMITS);
      expect(new Map([...tree].map(([key, bytes]) => [key, [...bytes]]))).toEqual(
        new Map(entries.map(([key, bytes]) => [key, [...bytes]])),
      );
    }),
    { numRuns: 60 },
  );
});

test('the tree cannot be changed', async () => {
  const tree = await unpack(storedGzip(await tarOf([{ name: 'a', content: 'x' }])), 'artifact', DEFAULT_LIMITS);
  expect(() => (tree as Map<string, Uint8Array>).set('a', new Uint8Array())).toThrow(/shared/);
  expect(() => (tree as Map<string, Uint8Array>).clear()).toThrow(/shared/);
});

test('a damaged archive is a tree or a typed error', async () => {
  const tar = await tarOf([
    { name: 'x'.repeat(200), content: 'a' },
    { name: 'l', type: 'symlink', linkname: 'b' },
    { name: 'b', content: 'c' },
  ]);
  const damage = fc.array(fc.tuple(fc.nat({ max: tar.length - 1 }), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 10,
  });
  await fc.assert(
    fc.asyncProperty(damage, fc.boolean(), async (changes, isInside) => {
      const bytes = Buffer.from(isInside ? tar : gzipSync(tar));
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const outcome = await unpack(isInside ? gzipSync(bytes) : bytes, 'artifact', DEFAULT_LIMITS).catch(
        (error: unknown) => error,
      );
      expect(outcome instanceof ArtifactError || outcome instanceof Map).toBe(true);
    }),
    { numRuns: 200 },
  );
});
