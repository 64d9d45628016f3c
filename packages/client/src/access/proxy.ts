import type { Environment } from './kubeconfig.ts';

/**
 * The proxy that the environment sets for a server, after Go's rules, which kubectl follows: `HTTPS_PROXY` or
 * `HTTP_PROXY` by scheme, lower case too; none for loopback and for what `NO_PROXY` lists.
 */
export function proxyFor(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] || env[name.toLowerCase()];
  if (proxy === undefined || proxy === '') return undefined;
  if (isLoopback(url.hostname)) return undefined;
  const isExcepted = (env['NO_PROXY'] || env['no_proxy'] || '').split(',').some((rule) => matches(rule.trim(), url));
  if (isExcepted) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

/** `*`, a domain with or without a dot before it (its subdomains too), an address, a CIDR; each maybe with a port. */
function matches(rule: string, url: URL): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  if (rule.includes('/')) return isInCidr(rule, url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const [, host = rule, rulePort] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const domain = host.replace(/^\*?\./, '').toLowerCase();
  const hostname = url.hostname.toLowerCase();
  return (hostname === domain && !host.startsWith('.')) || hostname.endsWith(`.${domain}`);
}

function isInCidr(rule: string, hostname: string): boolean {
  const [address = '', bits = ''] = rule.split('/');
  const host = ipv4(hostname);
  const network = ipv4(address);
  const length = Number(bits);
  if (host === undefined || network === undefined || !(length >= 0 && length <= 32)) return false;
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  return (host & mask) >>> 0 === (network & mask) >>> 0;
}

function ipv4(text: string): number | undefined {
  const parts = text.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((value, part) => value * 256 + part, 0);
}
