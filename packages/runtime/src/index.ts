export { type BackoffOptions, DEFAULT_BACKOFF } from './backoff.ts';
export { WriteFence, type WriteGuard } from './replicas/fence.ts';
export { ClusterLeases, type LeaseApi, type LeaseNaming } from './replicas/lease-api.ts';
export {
  DEFAULT_LEASE_DURATION_MS,
  MIN_LEASE_DURATION_MS,
  type Replica,
  type ReplicaNote,
  type ReplicaOptions,
  startReplica,
} from './replicas/replica.ts';
export {
  DEFAULT_PASS_TIMEOUT_MS,
  DEFAULT_STOP_TIMEOUT_MS,
  type EnqueueOptions,
  type Pass,
  type Runner,
  type RunnerOptions,
  type Stopped,
  startRunner,
} from './runner.ts';
export { pause, steadyNow, systemClock } from './system-clock.ts';
export type { Result, WakeUp } from './wake-up.ts';
export { BACKGROUND_HANDICAP_MS, type Priority, type QueueCounts } from './work-queue.ts';
