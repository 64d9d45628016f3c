import type { Transport } from '@stageset/ports';

export type RequestKind =
  | 'watch'
  | 'lease'
  | 'dry run'
  | 'apply'
  | 'delete'
  | 'status'
  | 'bookkeeping'
  | 'event'
  | 'read'
  | 'write';

/** What a controller asked of the cluster, by kind. */
export class RequestLog {
  readonly #isOurs: (path: string) => boolean;
  #counts = new Map<RequestKind, number>();

  /** `isOurs` leaves out what the controller does for StageSets that were there before the bench. */
  constructor(isOurs: (path: string) => boolean) {
    this.#isOurs = isOurs;
  }

  count(transport: Transport): Transport {
    return (request) => {
      if (this.#isOurs(request.path)) {
        const kind = kindOf(request);
        this.#counts.set(kind, this.of(kind) + 1);
      }
      return transport(request);
    };
  }

  reset(): void {
    this.#counts = new Map();
  }

  of(kind: RequestKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** All but watches and leases, which are no work. */
  get total(): number {
    const all = [...this.#counts].filter(([kind]) => kind !== 'watch' && kind !== 'lease');
    return all.reduce((sum, [, count]) => sum + count, 0);
  }

  /** `apply 1500, status 5`: for people who wonder what the requests were. */
  toString(): string {
    return [...this.#counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  }
}

function kindOf({ method, path, headers = {} }: Parameters<Transport>[0]): RequestKind {
  if (path.includes('watch=')) return 'watch';
  if (path.includes('/leases')) return 'lease';
  if (path.includes('dryRun=All')) return 'dry run';
  if (path.includes('/events')) return 'event';
  if (method === 'GET') return 'read';
  if (path.includes('/stageinventories')) return 'bookkeeping';
  if (path.includes('/stagesets')) return path.includes('/status') ? 'status' : 'bookkeeping';
  if (method === 'DELETE') return 'delete';
  return Object.values(headers).some((value) => String(value).includes('apply-patch')) ? 'apply' : 'write';
}
