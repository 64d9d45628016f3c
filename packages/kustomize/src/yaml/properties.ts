import { type Cursor, isBlankOrEnd, isBreak } from './cursor.ts';

/** Prefixes that `%TAG` directives declare. */
export type TagHandles = ReadonlyMap<string, string>;

const NAME = /[0-9A-Za-z_-]*/y;
const URI = /(?:[0-9A-Za-z_\-;/?:@&=+$,.!~*'()[\]]|%[0-9a-fA-F]{2})*/y;
const CORE_PREFIX = 'tag:yaml.org,2002:';

function match(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.pos;
  const found = pattern.exec(cursor.text)?.[0] ?? '';
  cursor.pos += found.length;
  return found;
}

/** The name after `&` or `*`. */
export function readAnchorName(cursor: Cursor): string {
  const { line, column } = cursor;
  cursor.pos++;
  const name = match(cursor, NAME);
  const next = cursor.peek();
  if (name === '' || !(isBlankOrEnd(next) || '?:,]}%@`'.includes(String.fromCharCode(next)))) {
    cursor.fail('did not find expected alphabetic or numeric character of an anchor or alias', line, column + 1);
  }
  return name;
}

/** A tag in short form: `!!str`, `!own`, or `!` alone. */
export function readTag(cursor: Cursor, handles: TagHandles): string {
  const { line, column } = cursor;
  cursor.pos++;
  let tag: string;
  if (cursor.peek() === 0x3c) {
    cursor.pos++;
    tag = decode(match(cursor, URI));
    if (cursor.peek() !== 0x3e) cursor.fail("did not find the expected '>' of a tag", line, column + 1);
    cursor.pos++;
  } else {
    const name = match(cursor, NAME);
    if (cursor.peek() === 0x21) {
      cursor.pos++;
      const prefix = handles.get(`!${name}!`) ?? (name === '' ? CORE_PREFIX : undefined);
      if (prefix === undefined) return cursor.fail(`found undefined tag handle !${name}!`, line, column + 1);
      tag = prefix + decode(match(cursor, URI));
    } else {
      const suffix = name + decode(match(cursor, URI));
      tag = suffix === '' ? '!' : (handles.get('!') ?? '!') + suffix;
    }
  }
  const next = cursor.peek();
  if (!isBlankOrEnd(next) && !(cursor.flowLevel > 0 && next === 0x2c)) {
    cursor.fail('did not find expected whitespace or line break after a tag', line, column + 1);
  }
  return tag.startsWith(CORE_PREFIX) ? `!!${tag.slice(CORE_PREFIX.length)}` : tag;
}

function decode(uri: string): string {
  if (!uri.includes('%')) return uri;
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** `%YAML` and `%TAG` lines at the start of a document. */
export function readDirectives(cursor: Cursor): TagHandles {
  const handles = new Map<string, string>();
  let seen = false;
  while (cursor.peek() === 0x25 && cursor.column === 0) {
    seen = true;
    let end = cursor.pos;
    while (end < cursor.text.length && !isBreak(cursor.text.charCodeAt(end))) end++;
    const line = cursor.text.slice(cursor.pos, end);
    const tag = /^%TAG[ \t]+(![0-9A-Za-z_-]*!?)[ \t]+(\S+)[ \t]*(?:#.*)?$/.exec(line);
    if (tag !== null) handles.set(tag[1] as string, tag[2] as string);
    else if (!/^%YAML[ \t]+1\.[0-9]{1,2}[ \t]*(?:#.*)?$/.test(line)) {
      cursor.fail('found a directive that is neither %YAML 1.x nor %TAG');
    }
    cursor.pos = end;
    cursor.skipToToken();
  }
  if (seen && !(cursor.atDocumentMarker() && cursor.peek() === 0x2d)) {
    cursor.fail("did not find expected '---' after directives");
  }
  return handles;
}
