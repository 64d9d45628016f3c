import type { Overload } from './function.ts';

/** Kubernetes' functions of patterns, quantities, addresses and URLs. */
export const KUBERNETES_FUNCTIONS: readonly Overload[] = [];
