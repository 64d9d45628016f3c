import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { ArtifactError } from '../errors.ts';
import { isForbiddenAddress } from './forbidden-address.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type ResolveHost = (host: string) => Promise<readonly ResolvedAddress[]>;

/**
 * Keeps downloads away from this host, its links and the metadata services of clouds. A URL is checked before it is
 * asked for; a name is resolved once, all its addresses are checked, and the connection goes to one of those. Hosts of
 * the allow list are not checked.
 */
export class AddressGuard {
  readonly #allowed: readonly RegExp[];
  readonly #resolve: ResolveHost;

  /** `allowedHosts`: names or addresses, where `*` stands for any characters; the port does not count. */
  constructor(allowedHosts: readonly string[], resolve: ResolveHost = resolveBySystem) {
    this.#allowed = allowedHosts.map(globToRegExp);
    this.#resolve = resolve;
  }

  /** The URL, when it may be asked for. Throws `ArtifactError` of kind `refused`. */
  check(text: string): URL {
    const url = URL.parse(text.trim());
    if (url === null) throw refused(`${JSON.stringify(shorten(text))} is not a URL`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw refused(`${shorten(text)}: only http and https are fetched, not ${url.protocol.slice(0, -1)}`);
    }
    // The parser has brought every spelling of an IPv4 address (hex, octal, one number, fewer parts) into the usual one.
    const host = hostOf(url.hostname);
    if (host === '') throw refused(`${shorten(text)} names no host`);
    if (this.#isAllowed(host)) return url;
    if (host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && isForbiddenAddress(host))) {
      throw forbidden(host, host);
    }
    return url;
  }

  /** For `net.connect`: checks every address of the name, and hands out the checked ones. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#lookupChecked(hostOf(hostname)).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(refused(`${hostname} has no address`), '', 0);
        else if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };

  async #lookupChecked(host: string): Promise<readonly ResolvedAddress[]> {
    const addresses = await this.#resolve(host);
    if (this.#isAllowed(host)) return addresses;
    const bad = addresses.find(({ address }) => isForbiddenAddress(address));
    if (bad !== undefined) throw forbidden(host, bad.address);
    return addresses;
  }

  #isAllowed(host: string): boolean {
    return this.#allowed.some((pattern) => pattern.test(host));
  }
}

/** Without the brackets of IPv6 and the dot at the end of a full name. */
function hostOf(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function globToRegExp(glob: string): RegExp {
  const parts = hostOf(glob.trim())
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

function resolveBySystem(host: string): Promise<readonly ResolvedAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });
}

function forbidden(host: string, address: string): ArtifactError {
  const which = host === address ? host : `${host} (${address})`;
  return refused(
    `${which} may not be fetched from: it is this host, its link or a metadata service; if it is meant, allow the host with --allowed-artifact-hosts`,
  );
}

function refused(message: string): ArtifactError {
  return new ArtifactError('refused', message);
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
