export { type ClusterOptions, createCluster } from './cluster/cluster.ts';
export { RequestBudget } from './requests/budget.ts';
export { DEFAULT_REQUEST_LIMITS, type RequestLimits } from './requests/limits.ts';
export { DEFAULT_WATCH_LIMITS, type WatchLimits } from './watch/limits.ts';
