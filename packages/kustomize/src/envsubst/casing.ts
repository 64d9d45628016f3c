/**
 * Upper and lower case code point by code point, as Go's `unicode` package maps them: one code point always becomes one
 * (`ß` stays `ß`), and no language counts.
 */
export function upperCase(text: string): string {
  let result = '';
  for (const character of text) result += upperCharacter(character);
  return result;
}

export function lowerCase(text: string): string {
  let result = '';
  for (const character of text) result += lowerCharacter(character);
  return result;
}

export function upperFirst(text: string): string {
  const [first = ''] = text;
  return upperCharacter(first) + text.slice(first.length);
}

export function lowerFirst(text: string): string {
  const [first = ''] = text;
  return lowerCharacter(first) + text.slice(first.length);
}

function upperCharacter(character: string): string {
  const upper = character.toUpperCase();
  if (isOneCharacter(upper)) return upper;
  // Greek letters with iota subscript: in full they become two letters, simply they become their title case.
  const code = character.codePointAt(0) ?? 0;
  const inRange = code >= 0x1f80 && code <= 0x1faf && (code & 0x08) === 0;
  if (inRange) return String.fromCodePoint(code + 8);
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9);
  return character;
}

function lowerCharacter(character: string): string {
  if (character === '\u0130') return 'i';
  const lower = character.toLowerCase();
  return isOneCharacter(lower) ? lower : character;
}

function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}
