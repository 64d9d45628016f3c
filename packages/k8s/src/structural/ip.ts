/** A dotted IPv4 address; leading zeros are let through, as the API server lets them. */
function isDotted(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255);
}

function isColonSeparated(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || text.length > 100) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const dotted = last.includes('.') && !(halves.length === 2 && halves[1] === '');
  const hex = dotted ? groups.slice(0, -1) : groups;
  if (dotted && !isDotted(last)) return false;
  if (!hex.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const size = hex.length + (dotted ? 2 : 0);
  return halves.length === 2 ? size < 8 : size === 8;
}

/** The API server takes any address with a dot for IPv4, `::ffff:10.0.0.1` too. */
export function isIpv4(text: string): boolean {
  return text.includes('.') && (isDotted(text) || isColonSeparated(text));
}

export function isIpv6(text: string): boolean {
  return text.includes(':') && isColonSeparated(text);
}

/** An address and the length of its prefix: `10.0.0.0/8`. */
export function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  const bits = isDotted(address) ? 32 : isColonSeparated(address) ? 128 : -1;
  return more.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}
