import type { User } from '../registry/hooks.ts';

/** A request whose sender is known. */
export interface AuthenticatedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
  readonly user: User;
}

const UNNAMED_MANAGER = 'unknown';
const MAX_MANAGER_LENGTH = 128;

/** Who owns the fields of a write that names no manager: the program, as its user agent says. */
export function managerOf(request: AuthenticatedRequest, fieldManager: string | undefined): string {
  if (fieldManager !== undefined) return fieldManager;
  const program = (request.headers['user-agent'] ?? '').split('/', 1)[0] ?? '';
  const printable = program.replaceAll(/[^\x20-\x7e]/g, '').slice(0, MAX_MANAGER_LENGTH);
  return printable === '' ? UNNAMED_MANAGER : printable;
}
