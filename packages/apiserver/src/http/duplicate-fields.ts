/**
 * Keys that stand twice in one object of a JSON text, as the API server reports them: `duplicate field "data.a"`. The
 * text is known to be valid JSON, so that a scan for strings, brackets and commas is enough.
 */
export function duplicateFields(json: string): readonly string[] {
  const faults: string[] = [];
  const frames: { keys: Set<string> | undefined; path: string; index: number; key: string }[] = [];
  let position = 0;
  let expectsKey = false;
  while (position < json.length) {
    const character = json.charCodeAt(position);
    const top = frames.at(-1);
    if (character === QUOTE) {
      const end = endOfString(json, position);
      if (expectsKey && top?.keys !== undefined) {
        const key: unknown = JSON.parse(json.slice(position, end));
        top.key = String(key);
        if (top.keys.has(top.key)) faults.push(`duplicate field ${JSON.stringify(join(top.path, top.key))}`);
        top.keys.add(top.key);
        expectsKey = false;
      }
      position = end;
      continue;
    }
    if (character === OPEN_OBJECT || character === OPEN_LIST) {
      const path =
        top === undefined ? '' : top.keys === undefined ? `${top.path}[${top.index}]` : join(top.path, top.key);
      const isObject = character === OPEN_OBJECT;
      frames.push({ keys: isObject ? new Set() : undefined, path, index: 0, key: '' });
      expectsKey = isObject;
    } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) {
      frames.pop();
      expectsKey = false;
    } else if (character === COMMA && top !== undefined) {
      if (top.keys === undefined) top.index += 1;
      else expectsKey = true;
    }
    position += 1;
  }
  return faults;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

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
