import { BlockList, isIP, isIPv6 } from 'node:net';

/** Never an artifact server: this host, this link, many hosts, no host, and the metadata services of clouds. */
const FORBIDDEN = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
] as const) {
  FORBIDDEN.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
] as const) {
  FORBIDDEN.addSubnet(network, bits, 'ipv6');
}

/** Where IPv6 addresses carry an IPv4 one, which is what is reached in the end: prefix in hex, offsets of the bytes. */
const EMBEDDED: readonly { readonly prefix: string; readonly at: readonly [number, number, number, number] }[] = [
  { prefix: '00000000000000000000ffff', at: [12, 13, 14, 15] }, // IPv4-mapped
  { prefix: '000000000000000000000000', at: [12, 13, 14, 15] }, // IPv4-compatible, deprecated
  { prefix: '0000000000000000ffff0000', at: [12, 13, 14, 15] }, // IPv4-translated (SIIT)
  { prefix: '0064ff9b0000000000000000', at: [12, 13, 14, 15] }, // NAT64
  { prefix: '0064ff9b0001', at: [12, 13, 14, 15] }, // NAT64 of a site, /96
  { prefix: '0064ff9b0001', at: [6, 7, 9, 10] }, // NAT64 of a site, /48
  { prefix: '2002', at: [2, 3, 4, 5] }, // 6to4
];

/** Whether an address may not be connected to. Private ranges may. What is not an address at all may not. */
export function isForbiddenAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, ''); // A zone (`fe80::1%eth0`) says where, not whom.
  const family = isIP(plain);
  if (family === 0) return true;
  if (family === 4) return FORBIDDEN.check(plain, 'ipv4');
  if (FORBIDDEN.check(plain, 'ipv6')) return true;
  const bytes = bytesOf(plain);
  const hex = bytes.toString('hex');
  return EMBEDDED.some(
    ({ prefix, at }) => hex.startsWith(prefix) && FORBIDDEN.check(at.map((i) => bytes[i]).join('.'), 'ipv4'),
  );
}

/** The sixteen bytes of an IPv6 address. The URL parser brings every spelling into one form. */
function bytesOf(address: string): Buffer {
  const groups = isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : '::';
  const [head = '', tail] = groups.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0');
  return Buffer.from([...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
