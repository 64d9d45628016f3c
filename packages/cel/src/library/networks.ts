import { Failure, Opaque, type Result } from '../values/value.ts';
import { global, member, type Overload, traversal } from './function.ts';

const IP = 'net.IP';
const CIDR = 'net.CIDR';
const BITS = { 4: 32, 6: 128 } as const;

/** An address as a number, of one of the two families. */
class Address extends Opaque {
  override readonly type: string = IP;
  readonly family: 4 | 6;
  readonly value: bigint;

  constructor(family: 4 | 6, value: bigint) {
    super();
    this.family = family;
    this.value = value;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Address && other.family === this.family && other.value === this.value;
  }
}

/** A range of addresses: an address and the length of its prefix. */
class Network extends Opaque {
  override readonly type = CIDR;
  readonly address: Address;
  readonly length: number;

  constructor(address: Address, length: number) {
    super();
    this.address = address;
    this.length = length;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Network && other.length === this.length && other.address.equals(this.address);
  }

  get masked(): Network {
    const { family, value } = this.address;
    const rest = BigInt(BITS[family] - this.length);
    return new Network(new Address(family, (value >> rest) << rest), this.length);
  }

  contains({ family, value }: Address): boolean {
    const rest = BigInt(BITS[family] - this.length);
    return family === this.address.family && value >> rest === this.address.value >> rest;
  }
}

function parseFour(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** Neither with a zone nor an IPv4 address in the clothes of IPv6: Kubernetes takes neither. */
function parseSix(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || text.includes('.')) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...head, ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - groups.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function parseAddress(text: string): Address | undefined {
  const four = parseFour(text);
  if (four !== undefined) return new Address(4, four);
  const six = parseSix(text);
  return six === undefined ? undefined : new Address(6, six);
}

function parseNetwork(text: string): Network | undefined {
  const slash = text.lastIndexOf('/');
  const prefix = text.slice(slash + 1);
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  if (address === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  return Number(prefix) > BITS[address.family] ? undefined : new Network(address, Number(prefix));
}

function addressText({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === '0') length++;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return groups.join(':');
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}

const networkText = ({ address, length }: Network): string => `${addressText(address)}/${length}`;

function address(text: string): Result {
  const why = `IP Address ${JSON.stringify(text)} parse error during conversion from string`;
  return parseAddress(text) ?? new Failure(`${why}: ParseAddr(${JSON.stringify(text)}): unable to parse IP`);
}

function network(text: string): Result {
  const why = 'network address parse error during conversion from string';
  return parseNetwork(text) ?? new Failure(`${why}: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`);
}

const within = (text: string): ((address: Address) => boolean) => {
  const range = parseNetwork(text);
  return (address) => range?.contains(address) === true;
};
const LOOPBACK = [within('127.0.0.0/8'), within('::1/128')];
const LINK_LOCAL = [within('169.254.0.0/16'), within('fe80::/10')];
const LOCAL_MULTICAST = [within('224.0.0.0/24')];
const MULTICAST = [within('224.0.0.0/4'), within('ff00::/8')];
const any = (ranges: readonly ((address: Address) => boolean)[], of: Address): boolean =>
  ranges.some((isIn) => isIn(of));
const LIMITED_BROADCAST = 0xffff_ffffn;

function isLocalMulticast(of: Address): boolean {
  // `ff02::` with any flags: the scope is what counts.
  return any(LOCAL_MULTICAST, of) || (of.family === 6 && (of.value >> 112n) % 16n === 2n && of.value >> 120n === 0xffn);
}

function isGlobalUnicast(of: Address): boolean {
  if (of.value === 0n || (of.family === 4 && of.value === LIMITED_BROADCAST)) return false;
  return !any(LOOPBACK, of) && !any(LINK_LOCAL, of) && !any(MULTICAST, of);
}

const containsText =
  <T>(
    parse: (text: string) => T | undefined,
    holds: (range: Network, part: T) => boolean,
    failed: (text: string) => Result,
  ) =>
  (range: Network, text: string): Result => {
    const part = parse(text);
    return part === undefined ? failed(text) : holds(range, part);
  };
const holdsNetwork = (range: Network, part: Network): boolean =>
  range.length <= part.length && range.contains(part.address);

/** Addresses and ranges of them. */
export const NETWORKS: readonly Overload[] = [
  global('ip', `string -> ${IP}`, address, traversal),
  global('isIP', 'string -> bool', (text: string) => parseAddress(text) !== undefined, traversal),
  global(
    'ip.isCanonical',
    'string -> bool',
    (text: string) => {
      const parsed = address(text);
      return parsed instanceof Address ? addressText(parsed) === text : parsed;
    },
    traversal,
  ),
  global('string', `${IP} -> string`, addressText),
  member('family', `${IP} -> int`, ({ family }: Address) => BigInt(family)),
  member('isUnspecified', `${IP} -> bool`, ({ value }: Address) => value === 0n),
  member('isLoopback', `${IP} -> bool`, (of: Address) => any(LOOPBACK, of)),
  member('isLinkLocalMulticast', `${IP} -> bool`, isLocalMulticast),
  member('isLinkLocalUnicast', `${IP} -> bool`, (of: Address) => any(LINK_LOCAL, of)),
  member('isGlobalUnicast', `${IP} -> bool`, isGlobalUnicast),
  global('cidr', `string -> ${CIDR}`, network, traversal),
  global('isCIDR', 'string -> bool', (text: string) => parseNetwork(text) !== undefined, traversal),
  global('string', `${CIDR} -> string`, networkText),
  member('containsIP', `${CIDR}, ${IP} -> bool`, (range: Network, of: Address) => range.contains(of)),
  member(
    'containsIP',
    `${CIDR}, string -> bool`,
    containsText(parseAddress, (range, of) => range.contains(of), address),
  ),
  member('containsCIDR', `${CIDR}, ${CIDR} -> bool`, holdsNetwork),
  member('containsCIDR', `${CIDR}, string -> bool`, containsText(parseNetwork, holdsNetwork, network)),
  member('ip', `${CIDR} -> ${IP}`, (range: Network) => range.address),
  member('masked', `${CIDR} -> ${CIDR}`, (range: Network) => range.masked),
  member('prefixLength', `${CIDR} -> int`, ({ length }: Network) => BigInt(length)),
];
