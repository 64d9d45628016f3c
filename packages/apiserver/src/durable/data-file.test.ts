import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Storage } from '../storage/storage.ts';
import { openDataFile } from './data-file.ts';
import { secretOf } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'stageset-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `${++files}.db`);

const object = (name: string, value: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, value });
const content = (storage: Storage) => {
  const { keys, get } = storage.at('t');
  return keys.map((key) => get(key));
};

test('what was written is there again, under its resource versions, and versions go on', () => {
  const write = fc.record({
    key: fc.constantFrom('a', 'b', '__proto__'),
    value: fc.string(),
    what: fc.constantFrom('put', 'put', 'remove', 'reopen'),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 20 }), (writes) => {
      const path = newPath();
      let file = openDataFile(path);
      let kept = new Storage(1000, file);
      const plain = new Storage(1000);
      for (const { key, value, what } of writes) {
        if (what === 'reopen') {
          file.close();
          file = openDataFile(path);
          kept = new Storage(1000, file);
        } else {
          for (const storage of [kept, plain]) {
            if (what === 'remove') storage.remove('t', key);
            else storage.put('t', key, object(key, value));
          }
        }
        expect(content(kept)).toEqual(content(plain));
        expect(kept.revision).toBe(plain.revision);
      }
      file.close();
    }),
    { numRuns: 40 },
  );
});

test('objects come back in the order in which they were created, whatever was changed since', () => {
  const path = newPath();
  const file = openDataFile(path);
  const storage = new Storage(10, file);
  for (const name of ['b', 'c', 'a', 'b']) storage.put('t', name, object(name, ''));
  file.close();
  const again = openDataFile(path);
  expect([...again.entries()].map(({ key }) => key)).toEqual(['b', 'c', 'a']);
  again.close();
});

test('a watch from before the end is answered 410, one from its last version goes on', () => {
  const path = newPath();
  const file = openDataFile(path);
  const before = new Storage(10, file);
  before.put('t', 'a', object('a', ''));
  before.put('t', 'b', object('b', ''));
  file.close();
  const again = openDataFile(path);
  const storage = new Storage(10, again);
  expect(() => storage.since('t', storage.revision - 1)).toThrow(/too old resource version/);
  expect(storage.since('t', storage.revision)).toEqual([]);
  again.close();
});

test('a write that cannot be kept has not happened', () => {
  const file = openDataFile(newPath());
  const storage = new Storage(10, file);
  storage.put('t', 'a', object('a', 'old'));
  const { revision } = storage;
  file.close();
  expect(() => storage.put('t', 'a', object('a', 'new'))).toThrow();
  expect(() => storage.remove('t', 'a')).toThrow();
  expect([storage.revision, storage.get('t', 'a')?.['value']]).toEqual([revision, 'old']);
});

test('a secret is made once', () => {
  const path = newPath();
  const made = ['one', 'two'].map((value) => {
    const file = openDataFile(path);
    const secret = secretOf(file, 'key', () => value);
    file.close();
    return secret;
  });
  expect(made).toEqual(['one', 'one']);
});

test('the file is for its owner alone', () => {
  const path = newPath();
  openDataFile(path).close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a file in use is refused', () => {
  const path = newPath();
  const file = openDataFile(path);
  new Storage(10, file).put('t', 'a', object('a', ''));
  expect(() => openDataFile(path)).toThrow(/in use by another cluster/);
  file.close();
});

test.each([
  { name: 'text', content: 'apiVersion: v1\nkind: List\n', want: /damaged or no data file/ },
  { name: 'a truncated database', content: 'SQLite format 3\0garbage', want: /damaged or no data file/ },
])('$name is refused and left as it is', ({ content: text, want }) => {
  const path = newPath();
  writeFileSync(path, text);
  expect(() => openDataFile(path)).toThrow(want);
  expect(statSync(path).size).toBe(text.length);
});

test('a database of something else is refused', () => {
  const path = newPath();
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE mine (a)');
  database.close();
  const before = readFileSync(path);
  expect(() => openDataFile(path)).toThrow(/no data file of a local cluster/);
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a folder is refused with its path', () => {
  expect(() => openDataFile(folder)).toThrow(folder);
});
