/** Words that no field may have in an expression. */
const RESERVED = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import'],
  ...['let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);
const UNSPEAKABLE = new Set(['true', 'false', 'null', 'in']);
const SIGNS: readonly (readonly [string, string])[] = [
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
];

/** The name of a field in an expression, as Kubernetes escapes it; undefined when none can name it. */
export function escapeField(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_.\-/]*$/.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replaceAll(/__|[.\-/]/g, (sign) => SIGNS.find(([plain]) => plain === sign)?.[1] ?? sign);
}

/** The names by which an expression may read a field: words that are reserved, but can stand after a dot, are taken as they are. */
export function fieldNames(name: string): readonly string[] {
  const escaped = escapeField(name);
  if (escaped === undefined) return [];
  return RESERVED.has(name) && !UNSPEAKABLE.has(name) ? [escaped, name] : [escaped];
}
