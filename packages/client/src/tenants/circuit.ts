import { UnreachableError } from '@stageset/k8s';
import type { Clock, ClusterRequest, ClusterResponse, Transport } from '@stageset/ports';

/** Failures in a row after which a cluster is taken for dead. */
const MAX_FAILURES = 3;
/** How long it is then not asked at all; each further failure doubles it. */
const FIRST_REST_MS = 2_000;
const MAX_REST_MS = 60_000;

/**
 * Keeps a cluster that does not answer from holding up those who work on others: after some failures in a row its
 * requests fail at once, with what was last heard, and from time to time one is let through to see.
 */
export function withCircuit(transport: Transport, clock: Clock): Transport {
  let failures = 0;
  let restsUntilMs = 0;
  let last: unknown;
  const failed = (error: unknown): void => {
    failures += 1;
    last = error;
    if (failures < MAX_FAILURES) return;
    restsUntilMs = clock.now() + Math.min(MAX_REST_MS, FIRST_REST_MS * 2 ** (failures - MAX_FAILURES));
  };
  return async (request: ClusterRequest): Promise<ClusterResponse> => {
    if (clock.now() < restsUntilMs) {
      const said = last instanceof Error ? last.message : 'it does not answer';
      throw new UnreachableError(`${said} (asked again in ${Math.ceil((restsUntilMs - clock.now()) / 1000)} s)`, {
        cause: last,
      });
    }
    // While one looks whether it answers again, the others fail as before.
    if (failures >= MAX_FAILURES) restsUntilMs = clock.now() + FIRST_REST_MS;
    try {
      const response = await transport(request);
      failures = 0;
      restsUntilMs = 0;
      return response;
    } catch (error) {
      // A caller that gave up says nothing about the cluster; one that ran out of time does.
      const reason: unknown = request.signal?.aborted === true ? request.signal.reason : error;
      if (reason instanceof UnreachableError) failed(reason);
      throw error;
    }
  };
}
