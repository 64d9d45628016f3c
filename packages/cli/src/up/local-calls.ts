import { HostPatterns } from '@stageset/artifact';
import type { HttpCalls } from '@stageset/ports';

interface LocalCallsOptions {
  /** What sends a request for real. */
  readonly network: HttpCalls;
  /** Hosts that get theirs: shell patterns. */
  readonly allowedHosts: readonly string[];
  readonly note: (text: string) => void;
}

/**
 * The `http` actions of a release on the local cluster: only hosts that the call names get theirs. What is for any other host
 * is shown, and counts as answered as it wants to be: trying a release out pages nobody. Of a request nothing is shown but
 * method and host, since its path, headers and body may hold secrets.
 */
export function localCalls({ network, allowedHosts, note }: LocalCallsOptions): HttpCalls {
  const allowed = new HostPatterns(allowedHosts);
  return {
    async send(call, signal) {
      const { host, hostname } = URL.parse(call.url) ?? { host: call.url, hostname: call.url };
      if (allowed.match(hostname)) return network.send(call, signal);
      const hint = `--allowed-action-hosts ${hostname} sends it`;
      note(`an action's ${call.method} to ${host} was not sent from the local cluster; ${hint}`);
      return { status: call.stopAt[0] ?? 200, host };
    },
  };
}
