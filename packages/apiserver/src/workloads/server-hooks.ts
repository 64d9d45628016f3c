import type { Registry } from '../registry/registry.ts';
import { CLAIM_ADMISSION, VOLUME_ADMISSION } from './claims.ts';
import { DAEMON_SET_GENERATION } from './daemon-sets.ts';
import { JOB_SELECTOR } from './jobs/job-selector.ts';
import { SERVICE_ADDRESSES } from './service-addresses.ts';

/**
 * What an API server itself does to built-in objects as they are written, whether controllers run or not: addresses of
 * services, selectors of jobs, finalizers of claims and volumes. `startSimulation` does this too.
 */
export function addServerHooks(registry: Registry): void {
  for (const hook of [SERVICE_ADDRESSES, CLAIM_ADMISSION, VOLUME_ADMISSION, DAEMON_SET_GENERATION, JOB_SELECTOR]) {
    registry.addHook(hook);
  }
}
