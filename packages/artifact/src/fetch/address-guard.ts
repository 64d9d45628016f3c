import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isForbiddenAddress } from './forbidden-address.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. */
export type ResolveHost = (host: string) => Promise<readonly ResolvedAddress[]>;

export interface AddressGuardOptions {
  /** Names or addresses that are not checked, where `*` stands for any characters; the port does not count. */
  readonly allowedHosts: readonly string[];
  /** Hosts that are not checked beside those, by another rule. */
  readonly isAllowed?: (host: string) => boolean;
  /** The flag that adds to them, for messages: `--allowed-artifact-hosts`. */
  readonly flag: string;
  /** The error of a refusal; its message says what was refused and why. */
  readonly refuse: (message: string) => Error;
  /** How names become addresses; the system's way when left out. */
  readonly resolve?: ResolveHost;
}

/**
 * Keeps requests whose URL somebody else has written away from this host, its links and the metadata services of clouds.
 * A URL is checked before it is asked for, and so is every redirect; a name is resolved once, all its addresses are
 * checked, and the connection goes to one of those (`connect: { lookup: guard.lookup }` of an undici `Agent`).
 */
export class AddressGuard {
  readonly #allowed: readonly RegExp[];
  readonly #isAllowed: (host: string) => boolean;
  readonly #flag: string;
  readonly #refuse: (message: string) => Error;
  readonly #resolve: ResolveHost;

  constructor({ allowedHosts, isAllowed, flag, refuse, resolve = resolveBySystem }: AddressGuardOptions) {
    this.#isAllowed = isAllowed ?? (() => false);
    this.#allowed = allowedHosts.map(globToRegExp);
    this.#flag = flag;
    this.#refuse = refuse;
    this.#resolve = resolve;
  }

  /** The URL, when it may be asked for. Throws what `refuse` makes. */
  check(text: string): URL {
    const url = URL.parse(text.trim());
    if (url === null) throw this.#refuse(`${JSON.stringify(shorten(text))} is not a URL`);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw this.#refuse(`${shorten(text)}: only http and https are asked for, not ${url.protocol.slice(0, -1)}`);
    }
    // The parser has brought every spelling of an IPv4 address (hex, octal, one number, fewer parts) into the usual one.
    const host = hostOf(url.hostname);
    // It also takes the first part of a path for a host that is left out.
    if (host === '' || !/^https?:\/\/[^/\\]/i.test(text.trim())) throw this.#refuse(`${shorten(text)} names no host`);
    if (this.isAllowed(host)) return url;
    if (host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && isForbiddenAddress(host))) {
      throw this.#forbidden(host, host);
    }
    return url;
  }

  /** For `net.connect`: checks every address of the name, and hands out the checked ones. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#lookupChecked(hostOf(hostname)).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(this.#refuse(`${hostname} has no address`), '', 0);
        else if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };

  /** Whether a host, without its port, is one of those that are not checked. */
  isAllowed(host: string): boolean {
    const plain = hostOf(host);
    return this.#allowed.some((pattern) => pattern.test(plain)) || this.#isAllowed(plain);
  }

  async #lookupChecked(host: string): Promise<readonly ResolvedAddress[]> {
    const addresses = await this.#resolve(host);
    if (this.isAllowed(host)) return addresses;
    const bad = addresses.find(({ address }) => isForbiddenAddress(address));
    if (bad !== undefined) throw this.#forbidden(host, bad.address);
    return addresses;
  }

  #forbidden(host: string, address: string): Error {
    const which = host === address ? host : `${host} (${address})`;
    return this.#refuse(
      `${which} may not be connected to: it is this host, its link or a metadata service; if it is meant, allow the host with ${this.#flag}`,
    );
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

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
