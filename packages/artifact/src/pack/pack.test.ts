import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { unpack } from '../unpack/unpack.ts';
import { packDirectory, packFiles } from './pack.ts';
import { storedGzip } from './stored-gzip.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pack-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

async function packedNames(): Promise<string[]> {
  const { bytes } = await packDirectory(folder);
  return [...(await unpack(bytes, 'artifact', DEFAULT_LIMITS)).keys()].sort();
}

test('gives the digest that it has always given', async () => {
  const archive = await packFiles(new Map([['apps/web.yaml', Buffer.from('kind: Deployment\n')]]), { label: 'main' });
  expect(archive).toMatchObject({
    digest: 'sha256:6a2056a11fd2e09847b461094e1670a5af7aafba4680a0db6992813f12271e6f',
    files: 1,
    revision: `main@${archive.digest}`,
  });
});

test('a stored gzip is a gzip, at the edges of blocks too', () => {
  for (const size of [0, 1, 65_534, 65_535, 65_536, 200_000]) {
    const content = Buffer.alloc(size, 'abc');
    expect(gunzipSync(storedGzip(content)).equals(content), `${size} bytes`).toBe(true);
  }
});

const trees: readonly { name: string; given: Record<string, string>; want: readonly string[] }[] = [
  {
    name: 'leaves out version control, media, archives and the settings of build services',
    given: {
      '.git/HEAD': '',
      '.gitignore': '',
      'logo.png': '',
      'x/y.zip': '',
      '.github/w.yaml': '',
      'x/.sops.yaml': '',
      'a.yaml': '',
    },
    want: ['a.yaml'],
  },
  {
    name: 'puts rules of its own in the place of the defaults, but not of version control',
    given: { '.sourceignore': '# notes\n*.md\n', '.git/HEAD': '', 'logo.png': '', 'README.md': '', 'a.yaml': '' },
    want: ['.sourceignore', 'a.yaml', 'logo.png'],
  },
  {
    name: 'hears a file of a folder for that folder alone',
    given: { 'a/.sourceignore': '/x.yaml\n', 'a/x.yaml': '', 'a/b/x.yaml': '', 'x.yaml': '' },
    want: ['a/.sourceignore', 'a/b/x.yaml', 'x.yaml'],
  },
  {
    name: 'brings back what a later rule asks for, below a folder that is left out too',
    given: {
      '.sourceignore': '/*\n!/deploy/\n!/charts/web/\n',
      'deploy/a.yaml': '',
      'charts/web/b.yaml': '',
      'charts/c.yaml': '',
      'd.yaml': '',
    },
    want: ['charts/web/b.yaml', 'deploy/a.yaml'],
  },
];
for (const { name, given, want } of trees) {
  test(name, async () => {
    await write(given);
    expect(await packedNames()).toEqual(want);
  });
}

test('follows links within the folder', async () => {
  await write({ 'base/a.yaml': 'x' });
  await symlink('base/a.yaml', join(folder, 'link.yaml'));
  await symlink('base', join(folder, 'copy'));
  expect(await packedNames()).toEqual(['base/a.yaml', 'copy/a.yaml', 'link.yaml']);
});

const links: readonly { name: string; target: string; want: RegExp }[] = [
  { name: 'a link out of the folder', target: '/etc/hostname', want: /l is a link that leads out of the folder/ },
  { name: 'a link to nothing', target: 'nowhere', want: /l is a link that leads nowhere/ },
  { name: 'a link to a folder above it', target: '.', want: /l is a link that leads round in a circle/ },
];
for (const { name, target, want } of links) {
  test(`refuses ${name}`, async () => {
    await symlink(target, join(folder, 'l'));
    await expect(packDirectory(folder)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(want),
    });
  });
}

test('a link that is left out may lead anywhere', async () => {
  await write({ '.sourceignore': '/l\n', 'a.yaml': '' });
  await symlink('/etc', join(folder, 'l'));
  expect(await packedNames()).toEqual(['.sourceignore', 'a.yaml']);
});

test('refuses what is no folder, and what is too large', async () => {
  await expect(packDirectory(join(folder, 'none'))).rejects.toMatchObject({ kind: 'refused' });
  await write({ a: 'xxxx' });
  await expect(packDirectory(folder, { limits: { entryBytes: 3 } })).rejects.toMatchObject({ limit: 'entryBytes' });
});
