/** How long the simulation takes over things, in milliseconds. A rollout is to be seen, and soon over. */
export interface Timing {
  /** From a change to the reaction of a controller; changes that come meanwhile are seen together. */
  readonly reactionMs: number;
  /** From the creation of a pod until it is ready. */
  readonly podReadyMs: number;
  /** From the creation of a job's pod until it has succeeded. */
  readonly jobPodMs: number;
  /** From the creation of a pod that is told to fail or to crash until it does. */
  readonly podFailureMs: number;
  /** From the deletion of a pod until it is gone; its grace period may end it sooner. */
  readonly podStopMs: number;
  /** From a load balancer or ingress to its address. */
  readonly addressMs: number;
  /** From a claim to its volume. */
  readonly claimMs: number;
  /** How long a custom resource waits after the object it is made to wait for is healthy. */
  readonly operatorMs: number;
}

export const DEFAULT_TIMING: Timing = {
  reactionMs: 5,
  podReadyMs: 150,
  jobPodMs: 300,
  podFailureMs: 150,
  podStopMs: 30,
  addressMs: 100,
  claimMs: 50,
  operatorMs: 100,
};

/** As the kubelet does: a crashing container waits 10 s, then twice as long each time, at most 5 minutes. */
export const CRASH_BACK_OFF_MS = { first: 10_000, most: 300_000 } as const;

/** A replica set that loses its pods to failure replaces them slower and slower, so that failing costs little. */
export const REPLACEMENT_BACK_OFF_MS = { first: 1_000, most: 300_000 } as const;

/** `first`, doubled for every time before this one, never above `most`. */
export function backOffMs(times: number, { first, most }: { readonly first: number; readonly most: number }): number {
  return Math.min(most, first * 2 ** Math.min(times, 30));
}
