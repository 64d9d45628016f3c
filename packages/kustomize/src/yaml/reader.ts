import { Cursor, isBlankOrEnd } from './cursor.ts';
import {
  DOUBLE_QUOTED,
  FLOW,
  FOLDED,
  LIST,
  LITERAL,
  MAP,
  PLAIN,
  position,
  SCALAR,
  SINGLE_QUOTED,
  TAG_BOOL,
  TAG_LIST,
  TAG_MAP,
  TAG_MERGE,
  TAG_NULL,
  TAG_STRING,
  TAGGED,
  YamlNode,
} from './node.ts';
import { readAnchorName, readDirectives, readTag, type TagHandles } from './properties.ts';
import { type Dialect, isOldBoolean, plainTag } from './scalars.ts';
import { scanBlockScalar, scanPlain, scanQuoted } from './scan-scalars.ts';

export interface ReadBounds {
  /** How deep collections may nest. */
  readonly depth: number;
  /** How many nodes the aliases of a document may stand for. */
  readonly aliasNodes: number;
}

/** A document as it was read, aliases still in place when `aliases` is not empty. */
export interface Document {
  readonly root: YamlNode;
  /** Nodes that stand for another node. */
  readonly aliases: ReadonlyMap<YamlNode, YamlNode>;
  /** Whether comments stood in it, which nodes do not carry. */
  readonly hasComments: boolean;
}

/** Longest distance, in characters, between the start of a key and its colon. */
const KEY_SPAN = 1024;

interface Properties {
  anchor: string | undefined;
  tag: string | undefined;
  pos: number;
  line: number;
  column: number;
  keyAllowed: boolean;
}

/**
 * Reads the first document of a text as Go's YAML library (v3) reads it into nodes. Nothing after that document is
 * looked at: kustomize splits files itself and decodes once.
 *
 * @param firstLine line of the file at which the text begins.
 * @returns undefined for a text without content.
 * @throws YamlError with the place of the fault.
 */
export function readDocument(
  text: string,
  bounds: ReadBounds,
  firstLine = 1,
  dialect: Dialect = 'core',
): Document | undefined {
  return new Reader(text, bounds, firstLine, dialect).document();
}

class Reader {
  private readonly cursor: Cursor;
  private readonly bounds: ReadBounds;
  private readonly dialect: Dialect;
  private readonly anchors = new Map<string, YamlNode>();
  private readonly aliases = new Map<YamlNode, YamlNode>();
  private handles: TagHandles = new Map();
  private depth = 0;

  constructor(text: string, bounds: ReadBounds, firstLine: number, dialect: Dialect) {
    this.dialect = dialect;
    this.cursor = new Cursor(text, firstLine);
    this.bounds = bounds;
  }

  document(): Document | undefined {
    const { cursor } = this;
    cursor.skipToToken();
    this.handles = readDirectives(cursor);
    let explicit = false;
    while (cursor.atDocumentMarker()) {
      if (cursor.peek() === 0x2d) {
        if (explicit) break;
        explicit = true;
        cursor.keyAllowed = false;
      }
      cursor.pos += 3;
      cursor.skipToToken();
    }
    if (cursor.atEnd && !explicit) return undefined;
    const root = this.blockNode(-1, false);
    cursor.skipToToken();
    return { root, aliases: this.aliases, hasComments: cursor.sawComment };
  }

  private place(line = this.cursor.line, column = this.cursor.column): number {
    return position(line, column + 1);
  }

  private nothing(): YamlNode {
    return new YamlNode(SCALAR, TAG_NULL, '', PLAIN, this.place());
  }

  private enter(): void {
    if (++this.depth > this.bounds.depth) {
      this.cursor.fail(`maps and lists nest deeper than ${this.bounds.depth} (limit yamlDepth)`);
    }
  }

  /** A node of a block whose parent is indented by `parentIndent`. */
  private blockNode(parentIndent: number, indentlessList: boolean): YamlNode {
    const { cursor } = this;
    cursor.skipToToken();
    if (this.isOutside(parentIndent, indentlessList)) return this.nothing();
    let properties = this.properties();
    if (properties !== undefined && properties.line !== cursor.line) {
      // The content is on a later line: the properties are the collection's, not its first key's.
      const held = properties;
      if (this.isOutside(parentIndent, indentlessList)) return this.finish(this.nothing(), held);
      const own = this.properties();
      if (own === undefined) return this.finish(this.blockContent(parentIndent, undefined), held);
      if (own.line !== cursor.line && this.isOutside(parentIndent, indentlessList)) {
        return this.finish(this.nothing(), { ...held, anchor: own.anchor ?? held.anchor, tag: own.tag ?? held.tag });
      }
      if (this.startsMap(own)) return this.finish(this.blockContent(parentIndent, own), held);
      properties = { ...held, anchor: own.anchor ?? held.anchor, tag: own.tag ?? held.tag };
      return this.finish(this.blockContent(parentIndent, undefined), properties);
    }
    return this.blockContent(parentIndent, properties);
  }

  private startsMap(properties: Properties): boolean {
    return properties.line === this.cursor.line && properties.keyAllowed;
  }

  private isOutside(parentIndent: number, indentlessList: boolean): boolean {
    const { cursor } = this;
    if (cursor.atEnd || cursor.atDocumentMarker()) return true;
    if (cursor.column > parentIndent) return false;
    // A block scalar cannot be a key, and so may stand at the column of its parent.
    if (cursor.column === parentIndent && (cursor.peek() === 0x7c || cursor.peek() === 0x3e)) return false;
    return !(indentlessList && cursor.column === parentIndent && this.atEntry());
  }

  private atEntry(): boolean {
    return this.cursor.peek() === 0x2d && isBlankOrEnd(this.cursor.peek(1));
  }

  /** What stands at the cursor, with properties that stand before it on the same line. */
  private blockContent(parentIndent: number, properties: Properties | undefined): YamlNode {
    const { cursor } = this;
    const c = cursor.peek();
    const blankNext = isBlankOrEnd(cursor.peek(1));
    if (c === 0x2d && blankNext) {
      if (!cursor.keyAllowed) cursor.fail('block sequence entries are not allowed in this context');
      return this.finish(this.blockList(cursor.column, cursor.column === parentIndent), properties);
    }
    if (c === 0x3a && blankNext && properties === undefined) {
      cursor.fail('did not find expected key of a block mapping');
    }
    if (c === 0x3f && blankNext) {
      if (!cursor.keyAllowed) cursor.fail('mapping keys are not allowed in this context');
      return this.finish(this.blockMap(cursor.column, undefined), properties);
    }
    if (c === 0x7c || c === 0x3e) return this.blockScalar(parentIndent, properties);
    const start = properties ?? this.here();
    const node = this.inline(parentIndent, properties);
    if (!this.atColon()) return node;
    this.checkKey(start);
    return this.blockMap(start.column, node);
  }

  private here(): Properties {
    const { cursor } = this;
    return {
      anchor: undefined,
      tag: undefined,
      pos: cursor.pos,
      line: cursor.line,
      column: cursor.column,
      keyAllowed: cursor.keyAllowed,
    };
  }

  /** A `:` that makes what was just read a key; steps over blanks before it. */
  private atColon(): boolean {
    const { cursor } = this;
    let ahead = 0;
    while (cursor.peek(ahead) === 0x20 || cursor.peek(ahead) === 0x09) ahead++;
    if (cursor.peek(ahead) !== 0x3a) return false;
    if (cursor.flowLevel === 0 && !isBlankOrEnd(cursor.peek(ahead + 1))) return false;
    if (cursor.flowLevel === 0 && cursor.keyAllowed) return false;
    cursor.pos += ahead;
    return true;
  }

  private checkKey(start: Properties): void {
    const { cursor } = this;
    const single = start.line === cursor.line && cursor.pos - start.pos <= KEY_SPAN;
    if (start.keyAllowed && single) return;
    cursor.fail('mapping values are not allowed in this context');
  }

  private blockScalar(parentIndent: number, properties: Properties | undefined): YamlNode {
    const { cursor } = this;
    const at = this.place();
    const style = cursor.peek() === 0x7c ? LITERAL : FOLDED;
    const node = new YamlNode(SCALAR, TAG_STRING, scanBlockScalar(cursor, parentIndent), style, at);
    cursor.keyAllowed = true;
    return this.finish(node, properties);
  }

  private blockList(column: number, indentless: boolean): YamlNode {
    const { cursor } = this;
    const node = new YamlNode(LIST, TAG_LIST, '', PLAIN, this.place());
    this.enter();
    for (;;) {
      cursor.pos++;
      cursor.keyAllowed = true;
      node.items.push(this.blockNode(column, false));
      cursor.skipToToken();
      if (cursor.atEnd || cursor.column < column || cursor.atDocumentMarker()) break;
      if (cursor.column === column && cursor.keyAllowed) {
        if (this.atEntry()) continue;
        if (indentless) break;
      }
      cursor.fail("did not find expected '-' indicator of a block sequence");
    }
    this.depth--;
    return node;
  }

  /** A block map; the cursor stands after its first key, or on `?` or `:`. */
  private blockMap(column: number, firstKey: YamlNode | undefined): YamlNode {
    const { cursor } = this;
    const node = new YamlNode(MAP, TAG_MAP, '', PLAIN, firstKey?.at ?? this.place());
    this.enter();
    let key = firstKey;
    for (;;) {
      if (key === undefined) key = this.complexKey(column);
      let value: YamlNode;
      if (cursor.peek() === 0x3a && isBlankOrEnd(cursor.peek(1))) {
        cursor.keyAllowed = cursor.keyAllowed && this.onOwnLine();
        cursor.pos++;
        value = this.blockNode(column, true);
      } else {
        value = this.nothing();
      }
      this.add(node, key, value);
      cursor.skipToToken();
      if (cursor.atEnd || cursor.column < column || cursor.atDocumentMarker()) break;
      if (cursor.column > column || !cursor.keyAllowed) cursor.fail('did not find expected key of a block mapping');
      key = this.nextKey(column);
    }
    this.depth--;
    return node;
  }

  private onOwnLine(): boolean {
    return this.cursor.text.slice(this.cursor.lineStart, this.cursor.pos).trim() === '';
  }

  private nextKey(column: number): YamlNode | undefined {
    const { cursor } = this;
    const c = cursor.peek();
    if (c === 0x3f && isBlankOrEnd(cursor.peek(1))) return undefined;
    if (this.atEntry()) cursor.fail('did not find expected key of a block mapping: a list entry stands here');
    const start = this.here();
    const properties = this.properties();
    const node = this.inline(column, properties);
    if (!this.atColon() || start.line !== cursor.line || cursor.pos - start.pos > KEY_SPAN) {
      cursor.fail("could not find expected ':' after a key", start.line, start.column + 1);
    }
    return node;
  }

  private complexKey(column: number): YamlNode {
    const { cursor } = this;
    cursor.pos++;
    cursor.keyAllowed = true;
    const key = this.blockNode(column, true);
    cursor.skipToToken();
    return key;
  }

  private add(node: YamlNode, key: YamlNode, value: YamlNode): void {
    const real = this.aliases.get(key) ?? key;
    if (real.kind !== SCALAR) {
      this.cursor.fail('a map or list cannot be a key', real.line, real.column);
    }
    if (value.at === 0) value.at = key.at;
    const isOld = this.dialect === 'yaml11' && real.style === PLAIN && isOldBoolean(real.value);
    // A key that is nothing at all is written back with quotes, and so is the empty string.
    const tag = real.tag === TAG_NULL && real.value === '' ? TAG_STRING : real.tag;
    node.append(real.value, value, isOld ? TAG_BOOL : tag);
  }

  /** A scalar on one or several lines, a flow collection, or an alias. */
  private inline(parentIndent: number, properties: Properties | undefined): YamlNode {
    const { cursor } = this;
    const at = this.place();
    const c = cursor.peek();
    switch (c) {
      case 0x2a:
        return this.alias(properties);
      case 0x5b:
        return this.finish(this.flowList(), properties);
      case 0x7b:
        return this.finish(this.flowMap(), properties);
      case 0x22:
      case 0x27: {
        const value = scanQuoted(cursor);
        cursor.keyAllowed = false;
        const style = c === 0x22 ? DOUBLE_QUOTED : SINGLE_QUOTED;
        return this.finish(new YamlNode(SCALAR, TAG_STRING, value, style, at), properties);
      }
      default: {
        if (properties !== undefined && (isBlankOrEnd(c) || this.endsEmpty(c))) {
          return this.finish(this.nothing(), properties);
        }
        if (!this.canStartPlain(c)) cursor.fail('found character that cannot start any token');
        cursor.keyAllowed = false;
        const value = scanPlain(cursor, parentIndent);
        const tag = value === '<<' ? TAG_MERGE : plainTag(value, 'core');
        return this.finish(new YamlNode(SCALAR, tag, value, PLAIN, at), properties);
      }
    }
  }

  private endsEmpty(c: number): boolean {
    if (c === 0x3a) return this.cursor.flowLevel > 0 || isBlankOrEnd(this.cursor.peek(1));
    return this.cursor.flowLevel > 0 && (c === 0x2c || c === 0x5d || c === 0x7d);
  }

  private canStartPlain(c: number): boolean {
    const next = this.cursor.peek(1);
    if (c === 0x2d) return !isBlankOrEnd(next);
    if (c === 0x3f || c === 0x3a) return this.cursor.flowLevel === 0 && !isBlankOrEnd(next);
    // , [ ] { } # & * ! | > ' " % @ `
    return !isBlankOrEnd(c) && !INDICATORS.has(c);
  }

  private properties(): Properties | undefined {
    const { cursor } = this;
    let c = cursor.peek();
    if (c !== 0x26 && c !== 0x21) return undefined;
    const result = this.here();
    while (c === 0x26 || c === 0x21) {
      cursor.keyAllowed = false;
      if (c === 0x26) {
        if (result.anchor !== undefined) break;
        result.anchor = readAnchorName(cursor);
      } else {
        if (result.tag !== undefined) break;
        result.tag = readTag(cursor, this.handles);
      }
      const { line } = cursor;
      cursor.skipToToken();
      if (line !== cursor.line) break;
      c = cursor.peek();
    }
    return result;
  }

  private finish(node: YamlNode, properties: Properties | undefined): YamlNode {
    if (properties === undefined) return node;
    const { anchor, tag } = properties;
    // A lone `!` asks for nothing.
    if (tag !== undefined && tag !== '!') {
      node.tag = tag;
      node.style |= TAGGED;
    }
    if (anchor !== undefined) this.anchors.set(anchor, node);
    return node;
  }

  private alias(properties: Properties | undefined): YamlNode {
    const { cursor } = this;
    const at = this.place();
    if (properties !== undefined) cursor.fail('an alias can have neither anchor nor tag');
    cursor.keyAllowed = false;
    const name = readAnchorName(cursor);
    const target = this.anchors.get(name);
    if (target === undefined) return cursor.fail(`unknown anchor '${name}' referenced`);
    const node = new YamlNode(SCALAR, TAG_NULL, '', PLAIN, at);
    this.aliases.set(node, target);
    return node;
  }

  private flowList(): YamlNode {
    const { cursor } = this;
    const node = new YamlNode(LIST, TAG_LIST, '', FLOW, this.place());
    this.openFlow();
    while (!this.closesFlow(0x5d, node.items.length === 0)) node.items.push(this.flowEntry());
    return this.closeFlow(node, cursor);
  }

  private flowEntry(): YamlNode {
    const { cursor } = this;
    const at = this.place();
    let key: YamlNode;
    if (cursor.peek() === 0x3f) {
      cursor.pos++;
      cursor.skipToToken();
      key = this.flowNode();
      cursor.skipToToken();
      if (cursor.peek() !== 0x3a) return this.pair(at, key, this.nothing());
    } else {
      const start = this.here();
      key = this.flowNode();
      if (!this.flowColon(start)) return key;
    }
    cursor.pos++;
    return this.pair(at, key, this.flowValue());
  }

  private pair(at: number, key: YamlNode, value: YamlNode): YamlNode {
    const node = new YamlNode(MAP, TAG_MAP, '', FLOW, at);
    this.add(node, key, value);
    return node;
  }

  private flowMap(): YamlNode {
    const { cursor } = this;
    const node = new YamlNode(MAP, TAG_MAP, '', FLOW, this.place());
    this.openFlow();
    while (!this.closesFlow(0x7d, node.keys.length === 0)) {
      const start = this.here();
      const complex = cursor.peek() === 0x3f;
      if (complex) {
        cursor.pos++;
        cursor.skipToToken();
      }
      const key = cursor.peek() === 0x3a && complex ? this.nothing() : this.flowNode();
      let value: YamlNode;
      if (complex) {
        cursor.skipToToken();
        if (cursor.peek() === 0x3a) {
          cursor.pos++;
          value = this.flowValue();
        } else value = this.nothing();
      } else if (this.flowColon(start)) {
        cursor.pos++;
        value = this.flowValue();
      } else {
        value = this.nothing();
      }
      this.add(node, key, value);
    }
    return this.closeFlow(node, cursor);
  }

  private flowColon(start: Properties): boolean {
    const { cursor } = this;
    cursor.skipToToken();
    if (cursor.peek() !== 0x3a) return false;
    if (start.line !== cursor.line || cursor.pos - start.pos > KEY_SPAN) {
      cursor.fail("did not find expected ',' or the end of a flow collection: a key must be on the line of its ':'");
    }
    return true;
  }

  private openFlow(): void {
    this.enter();
    this.cursor.pos++;
    this.cursor.flowLevel++;
    this.cursor.skipToToken();
  }

  private closeFlow(node: YamlNode, cursor: Cursor): YamlNode {
    this.depth--;
    cursor.pos++;
    cursor.flowLevel--;
    cursor.keyAllowed = false;
    return node;
  }

  /** Whether the collection ends here; otherwise steps over the comma that must separate entries. */
  private closesFlow(end: number, first: boolean): boolean {
    const { cursor } = this;
    cursor.skipToToken();
    if (!first && cursor.peek() !== end) {
      if (cursor.peek() !== 0x2c) {
        cursor.fail(`did not find expected ',' or '${String.fromCharCode(end)}' of a flow collection`);
      }
      cursor.pos++;
      cursor.skipToToken();
    }
    if (cursor.atEnd || cursor.atDocumentMarker()) cursor.fail('a flow collection is not closed');
    return cursor.peek() === end;
  }

  private flowValue(): YamlNode {
    const { cursor } = this;
    cursor.skipToToken();
    const c = cursor.peek();
    return c === 0x2c || c === 0x5d || c === 0x7d ? this.nothing() : this.flowNode();
  }

  private flowNode(): YamlNode {
    const properties = this.properties();
    if (this.cursor.atEnd || this.cursor.atDocumentMarker()) this.cursor.fail('a flow collection is not closed');
    return this.inline(-1, properties);
  }
}

const INDICATORS = new Set(Array.from(',[]{}#&*!|>\'"%@`', (c) => c.charCodeAt(0)));
