import { describe, expect, test } from 'vitest';
import { HostPatterns } from './host-patterns.ts';

interface Row {
  readonly pattern: string;
  readonly host: string;
  readonly want: boolean;
}

describe('a pattern over a host', () => {
  test.each<Row>([
    { pattern: 'hooks.example.com', host: 'hooks.example.com', want: true },
    { pattern: 'hooks.example.com', host: 'HOOKS.Example.com.', want: true },
    { pattern: ' Hooks.example.com. ', host: 'hooks.example.com', want: true },
    { pattern: 'hooks.example.com', host: 'hooksXexample.com', want: false },
    { pattern: 'hooks.example.com', host: 'hooks.example.com.evil.example', want: false },
    { pattern: 'hooks.example.com', host: 'my-hooks.example.com', want: false },
    { pattern: '*.example.com', host: 'a.example.com', want: true },
    { pattern: '*.example.com', host: 'a.b.example.com', want: true },
    { pattern: '*.example.com', host: 'example.com', want: false },
    { pattern: '*.example.com', host: 'evilexample.com', want: false },
    { pattern: '*', host: 'anything.example', want: true },
    { pattern: 'node-?.example.com', host: 'node-1.example.com', want: true },
    { pattern: 'node-?.example.com', host: 'node-12.example.com', want: false },
    { pattern: 'node-[ab].example.com', host: 'node-b.example.com', want: true },
    { pattern: 'node-[ab].example.com', host: 'node-c.example.com', want: false },
    { pattern: 'node-[0-9].example.com', host: 'node-7.example.com', want: true },
    { pattern: 'node-[!0-9].example.com', host: 'node-7.example.com', want: false },
    { pattern: 'node-[!0-9].example.com', host: 'node-x.example.com', want: true },
    { pattern: '127.0.0.1', host: '127.0.0.1', want: true },
    { pattern: '127.0.0.1', host: '127.0.0.10', want: false },
    { pattern: '[::1]', host: '::1', want: true },
    { pattern: '::1', host: '[::1]', want: true },
    { pattern: '(a|b)+.example.com', host: 'aa.example.com', want: false },
    { pattern: '', host: 'hooks.example.com', want: false },
  ])('$pattern of $host: $want', ({ pattern, host, want }) => {
    expect(new HostPatterns([pattern]).match(host)).toBe(want);
  });

  test('one of several is enough, none matches nothing', () => {
    const patterns = new HostPatterns(['a.example.com', '*.example.org']);
    expect(['a.example.com', 'x.example.org', 'b.example.com'].map((host) => patterns.match(host))).toEqual([
      true,
      true,
      false,
    ]);
    expect(new HostPatterns([]).isEmpty).toBe(true);
    expect(new HostPatterns([]).match('a.example.com')).toBe(false);
  });
});
