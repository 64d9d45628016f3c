import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { User } from '../registry/hooks.ts';
import { unauthorized } from '../registry/status-error.ts';

const TOKEN_BYTES = 24;
const ADMINISTRATOR: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const BEARER = /^Bearer +(.+)$/i;

/** Who sends a request. There is one administrator, whose token is made at start; nobody is anonymous. */
export class Authentication {
  readonly administratorToken: string = randomBytes(TOKEN_BYTES).toString('hex');
  readonly #expected = Buffer.from(this.administratorToken);

  /** @throws 401 */
  userOf(headers: Readonly<Record<string, string>>): User {
    const token = BEARER.exec(headers['authorization'] ?? '')?.[1];
    if (token === undefined) throw unauthorized();
    const given = Buffer.from(token);
    if (given.byteLength !== this.#expected.byteLength || !timingSafeEqual(given, this.#expected)) throw unauthorized();
    return ADMINISTRATOR;
  }
}
