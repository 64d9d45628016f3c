/** What expressions may call: each case shows what a server makes of a handful of expressions. */
import { post } from './transcript/steps.ts';
import { type Area, type Case, transcripts } from './transcript/transcript.ts';

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${REGISTRATION}/validatingadmissionpolicies`;
const BINDINGS = `${REGISTRATION}/validatingadmissionpolicybindings`;
const UNPROCESSABLE = 422;

const AREA: Area = {
  async finish({ transport }, namespace) {
    for (const path of [BINDINGS, POLICIES]) {
      await transport({ method: 'DELETE', path: `${path}?labelSelector=suite%3D${namespace}` });
    }
  },
};

/** A policy refuses everything, with what the expressions give as its message. */
function shows(name: string, expressions: readonly string[]): Case {
  const metadata = { name: '{n}', labels: { suite: '{ns}' } };
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
  const message = expressions.map((each) => `string(${each})`).join(', ');
  const policy = {
    metadata,
    spec: {
      matchConstraints: { resourceRules: [rule], objectSelector: { matchLabels: { case: '{n}' } } },
      validations: [{ expression: 'false', messageExpression: `[${message}].join(' | ')` }],
    },
  };
  const binding = { metadata, spec: { policyName: '{n}', validationActions: ['Deny'] } };
  const configMap = { metadata: { name: '{n}', labels: { case: '{n}' } } };
  return {
    name,
    steps: [
      post(POLICIES, policy),
      post(BINDINGS, binding),
      post('configmaps?dryRun=All', configMap, { until: UNPROCESSABLE }),
    ],
  };
}

const texts = (list: string): string => `${list}.join(',')`;

transcripts(
  'functions of policies',
  [
    shows('addresses', [
      "isIP('10.0.0.1')",
      "isIP('010.0.0.1')",
      "isIP('::1')",
      "isIP('::ffff:1.2.3.4')",
      "isIP('fe80::1%eth0')",
      "isIP('1.2.3')",
      "ip('10.0.0.1')",
      "ip('2001:DB8:0:0:0:0:0:1')",
      "ip('0:0:1:0:0:0:0:1')",
      "ip('::')",
      "ip('127.0.0.1').family()",
      "ip('::1').family()",
      "ip.isCanonical('2001:db8::abcd')",
      "ip.isCanonical('2001:DB8::ABCD')",
      "ip('127.0.0.1').isLoopback()",
      "ip('::1').isLoopback()",
      "ip('0.0.0.0').isUnspecified()",
      "ip('224.0.0.1').isLinkLocalMulticast()",
      "ip('ff02::1').isLinkLocalMulticast()",
      "ip('169.254.1.1').isLinkLocalUnicast()",
      "ip('fe80::1').isLinkLocalUnicast()",
      "ip('8.8.8.8').isGlobalUnicast()",
      "ip('255.255.255.255').isGlobalUnicast()",
      "ip('ff02::1').isGlobalUnicast()",
      "ip('10.0.0.1') == ip('10.0.0.1')",
    ]),
    shows('ranges of addresses', [
      "isCIDR('10.0.0.0/8')",
      "isCIDR('10.0.0.0')",
      "isCIDR('10.0.0.0/33')",
      "isCIDR('10.0.0.0/08')",
      "isCIDR('::/0')",
      "cidr('10.1.2.3/8')",
      "cidr('10.1.2.3/8').masked()",
      "cidr('10.1.2.3/8').ip()",
      "cidr('10.1.2.3/8').prefixLength()",
      "cidr('10.0.0.0/8').containsIP('10.9.9.9')",
      "cidr('10.0.0.0/8').containsIP(ip('11.9.9.9'))",
      "cidr('10.0.0.0/8').containsIP('::1')",
      "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
      "cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
      "cidr('2001:db8::/32').containsIP('2001:db8::5')",
      "cidr('10.0.0.0/8') == cidr('10.0.0.0/8')",
    ]),
    shows('URLs', [
      "isURL('https://user:pw@example.com:80/a%20b?k=1&k=2&l=#f')",
      "isURL('/path')",
      "isURL('example.com')",
      "isURL('https://a b.com/')",
      "url('https://user:pw@example.com:8080/a%20b?k=1&k=2&l=').getScheme()",
      "url('https://user:pw@example.com:8080/a%20b?k=1&k=2&l=').getHost()",
      "url('https://user:pw@example.com:8080/a%20b?k=1&k=2&l=').getHostname()",
      "url('https://example.com:8080/').getPort()",
      "url('https://example.com/').getPort()",
      "url('https://[::1]:80/').getHostname()",
      "url('https://[::1]:80/').getHost()",
      "url('https://example.com/a%20b/c?x').getEscapedPath()",
      "url('/a/b?c').getEscapedPath()",
      texts("url('https://example.com/?k=1&k=a%26b+c&l').getQuery()['k']"),
      "size(url('https://example.com/?k=1&k=2&l').getQuery())",
      "url('https://example.com') == url('https://example.com')",
    ]),
    shows('patterns', [
      "'abc 123'.find('[0-9]+')",
      "'abc'.find('[0-9]+')",
      texts("'123 abc 456'.findAll('[0-9]+')"),
      texts("'123 abc 456 789'.findAll('[0-9]+', 2)"),
      "size('123'.findAll('[0-9]', 0))",
      "'aaa'.find('a*?')",
      "'<<a>>'.find('<.+?>')",
      "'<<a>>'.find('<.+>')",
      "'foobar'.find('foo|foobar')",
      texts("'banana'.findAll('a.?')"),
      "size('abc'.findAll('x*'))",
      "'xay'.find('(?i)A')",
    ]),
    shows('versions', [
      "isSemver('1.2.3')",
      "isSemver('v1.2.3')",
      "isSemver('v1.2', true)",
      "isSemver('1.2')",
      "isSemver('01.2.3')",
      "isSemver('1.2.3-alpha.1+build')",
      "semver('1.2.3').major()",
      "semver('1.2.3').minor()",
      "semver('1.2.3').patch()",
      "semver('v1', true).compareTo(semver('1.0.0'))",
      "semver('1.0.0-alpha').isLessThan(semver('1.0.0'))",
      "semver('1.0.0-alpha.2').isLessThan(semver('1.0.0-alpha.10'))",
      "semver('1.0.0-beta').isGreaterThan(semver('1.0.0-alpha'))",
      "semver('1.0.0+a') == semver('1.0.0+b')",
      "semver('2.0.0').compareTo(semver('10.0.0'))",
    ]),
    shows('named formats', [
      "format.dns1123Label().validate('my-name').hasValue()",
      texts("format.dns1123Label().validate('My_Name').value()"),
      texts("format.dns1123Subdomain().validate('a..b').value()"),
      texts("format.dns1035Label().validate('1a').value()"),
      "format.dns1123LabelPrefix().validate('my-name-').hasValue()",
      "format.dns1035LabelPrefix().validate('my-').hasValue()",
      "format.dns1123SubdomainPrefix().validate('a.b-').hasValue()",
      texts("format.qualifiedName().validate('a b').value()"),
      texts("format.labelValue().validate('a b').value()"),
      "format.uri().validate('http://example.com').hasValue()",
      texts("format.uuid().validate('x').value()"),
      "format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()",
      texts("format.byte().validate('???').value()"),
      texts("format.date().validate('2020-13-01').value()"),
      texts("format.datetime().validate('yesterday').value()"),
      "format.named('dns1123Label').hasValue()",
      "format.named('nonsense').hasValue()",
    ]),
    shows('lists and sets', [
      '[3, 1, 2].sum()',
      '[3, 1, 2].min()',
      "['b', 'a'].max()",
      '[1, 2, 2].isSorted()',
      "['a', 'b', 'a'].indexOf('a')",
      "['a', 'b', 'a'].lastIndexOf('a')",
      "sets.contains(['a', 'b'], ['b'])",
      'sets.equivalent([1, 2], [2, 1, 1])',
      'sets.intersects([1], [2])',
      "quantity('1Ki').asInteger()",
      "quantity('500m').asApproximateFloat()",
      "quantity('1').add(quantity('1500m')).isGreaterThan(quantity('2'))",
      "isQuantity('1Kx')",
      "quantity('2').compareTo(quantity('2000m'))",
    ]),
    shows('texts', [
      "'%d %s %.2f %x %b'.format([1, 'a', 1.5, 255, true])",
      "'a,b'.split(',').join('-')",
      "'Hello'.lowerAscii() + 'x'.upperAscii()",
      "'abc'.charAt(1) + 'abc'.substring(1) + 'abcabc'.replace('b', 'x', 1)",
      "' a '.trim() + string('abcabc'.lastIndexOf('c'))",
      "strings.quote('a\"b')",
    ]),
  ],
  AREA,
);
