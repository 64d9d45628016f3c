/**
 * Shell patterns over a whole host name: `*` for any characters, dots too, `?` for one, `[a-z]` for one of a set, `[!a-z]`
 * for one outside it. Upper and lower case are the same; ports and the dot at the end of a full name do not count.
 */
export class HostPatterns {
  readonly #patterns: readonly RegExp[];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern) => new RegExp(`^${translate(plain(pattern.trim()))}$`));
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  match(host: string): boolean {
    return this.#patterns.some((pattern) => pattern.test(plain(host)));
  }
}

function plain(host: string): string {
  // An IPv6 address comes in brackets, which are no set of characters.
  const address = /^\[([0-9a-f:.]+)\]$/i.exec(host)?.[1];
  return (address?.includes(':') === true ? address : host).replace(/\.$/, '').toLowerCase();
}

function translate(pattern: string): string {
  return pattern.replace(/\*|\?|\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length === 1) return part.replace(/[\\^$.+?()[\]{}|/-]/g, '\\$&');
    const inside = part.slice(1, -1).replace(/[\\\]^[]/g, '\\$&');
    return inside.startsWith('!') ? `[^${inside.slice(1)}]` : `[${inside}]`;
  });
}
