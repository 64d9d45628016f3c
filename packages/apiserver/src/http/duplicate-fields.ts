const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** Nothing in use comes near; whatever walks an object by recursion holds up to more than this. */
export const MAX_DEPTH = 500;

/** A JSON text with more levels than the server takes. */
export class DepthError extends Error {
  override readonly name = 'DepthError';
}

/**
 * Keys that stand twice in one object of a JSON text, as the API server reports them: `duplicate field "data.a"`. The
 * text is known to be valid JSON, so that a scan for strings, brackets and commas is enough.
 * @throws DepthError beyond `MAX_DEPTH` levels.
 */
export function duplicateFields(json: string): readonly string[] {
  const scan = new Scan();
  let position = 0;
  while (position < json.length) {
    const character = json.charCodeAt(position);
    if (character === QUOTE) {
      const end = endOfString(json, position);
      scan.string(json, position, end);
      position = end;
    } else {
      scan.mark(character);
      position += 1;
    }
  }
  return scan.faults;
}

interface Frame {
  /** The keys seen so far; `undefined` in a list. */
  readonly keys: Set<string> | undefined;
  readonly path: string;
  index: number;
  key: string;
}

class Scan {
  readonly faults: string[] = [];
  readonly #frames: Frame[] = [];
  #expectsKey = false;

  string(json: string, start: number, end: number): void {
    const top = this.#frames.at(-1);
    if (!this.#expectsKey || top?.keys === undefined) return;
    top.key = String(JSON.parse(json.slice(start, end)));
    if (top.keys.has(top.key)) this.faults.push(`duplicate field ${JSON.stringify(join(top.path, top.key))}`);
    top.keys.add(top.key);
    this.#expectsKey = false;
  }

  mark(character: number): void {
    switch (character) {
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#open(character === OPEN_OBJECT);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#frames.pop();
        this.#expectsKey = false;
        break;
      case COMMA:
        this.#next();
        break;
    }
  }

  #open(isObject: boolean): void {
    if (this.#frames.length >= MAX_DEPTH) throw new DepthError(`exceeded max depth: ${MAX_DEPTH} levels`);
    const top = this.#frames.at(-1);
    const path =
      top === undefined ? '' : top.keys === undefined ? `${top.path}[${top.index}]` : join(top.path, top.key);
    this.#frames.push({ keys: isObject ? new Set() : undefined, path, index: 0, key: '' });
    this.#expectsKey = isObject;
  }

  #next(): void {
    const top = this.#frames.at(-1);
    if (top?.keys !== undefined) this.#expectsKey = true;
    else if (top !== undefined) top.index += 1;
  }
}

/** The position after the closing quote. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end >= 0) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
    end = json.indexOf('"', end + 1);
  }
  return json.length;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
