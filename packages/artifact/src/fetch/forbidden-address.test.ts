import { describe, expect, test } from 'vitest';
import { ArtifactError } from '../errors.ts';
import { AddressGuard } from './address-guard.ts';
import { isForbiddenAddress } from './forbidden-address.ts';

const forbidden = [
  ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255', '100.100.100.200'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', 'fd00:ec2::254', 'fd20:ce::254'],
  ...['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::169.254.169.254'],
  ...['64:ff9b:1::127.0.0.1', '64:ff9b:1:7f00:0:100::', '2002:7f00:1::', '::ffff:0:127.0.0.1', 'example.com', ''],
];
const allowed = [
  '10.0.0.1',
  '192.168.1.1',
  '172.16.0.1',
  '100.64.0.1',
  '1.1.1.1',
  'fd00::1',
  '2606:4700::1111',
  '::ffff:10.0.0.1',
  '64:ff9b::a00:1',
];

test.each(forbidden)('S-129 %s may not be reached', (address) => expect(isForbiddenAddress(address)).toBe(true));
test.each(allowed)('%s may be reached', (address) => expect(isForbiddenAddress(address)).toBe(false));

describe('a URL', () => {
  const guard = new AddressGuard({
    allowedHosts: ['*.allowed.test', '127.0.0.2'],
    flag: '--allow',
    refuse: (message) => new ArtifactError('refused', message),
    resolve: async (host) => [
      { address: host.startsWith('sly') ? '10.0.0.1' : '10.0.0.2', family: 4 },
      ...(host.startsWith('sly') ? [{ address: '127.0.0.1', family: 4 }] : []),
    ],
  });
  const lookup = (host: string) =>
    new Promise((resolve, reject) => {
      guard.lookup(host, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
    });

  test('S-128 a name of which one address is forbidden is not connected to, whatever its other addresses are', async () => {
    await expect(lookup('sly.example.com')).rejects.toThrow(
      /sly\.example\.com \(127\.0\.0\.1\) may not be connected to.*--allow/,
    );
    await expect(lookup('artifacts.example.com')).resolves.toEqual([{ address: '10.0.0.2', family: 4 }]);
    await expect(lookup('sly.allowed.test')).resolves.toHaveLength(2);
  });

  const refused = [
    ...[
      'http://localhost/x',
      'http://LOCALHOST./x',
      'http://a.localhost/x',
      'http://127.0.0.1:80/x',
      'http://0x7f000001/x',
    ],
    ...['http://017700000001/x', 'http://0.0.0.0/x', 'http://224.0.0.1/x', 'http:///x'],
    ...['http://2130706433/x', 'http://127.1/x', 'http://0177.0.0.1/x', 'http://[::1]/x', 'http://[::ffff:7f00:1]/x'],
    ...['http://169.254.169.254/latest', 'ftp://example.com/x', 'file:///etc/passwd', 'example.com/x', '', 'http://'],
  ];
  test.each(refused)('S-128 %s is refused', (url) => expect(() => guard.check(url)).toThrow(ArtifactError));
  const taken = [
    ...[
      'http://source-controller.flux-system.svc.cluster.local./a.tar.gz',
      'HTTPS://Example.com/a',
      'http://10.0.0.1/a',
    ],
    ...['http://127.0.0.2:8080/a', 'http://x.allowed.test/a'],
  ];
  test.each(taken)('S-128 %s is taken', (url) => expect(guard.check(url).pathname).toMatch(/a/));
});
