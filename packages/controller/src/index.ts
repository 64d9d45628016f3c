export type { EventParts } from './events/events.ts';
export { EventRecorder } from './events/events.ts';
export { type DeliverySettings, World, type WorldParts } from './facts/world.ts';
export { type LogFields, type Logger, silentLogger } from './logging/logger.ts';
export type { Metrics } from './metrics/metrics.ts';
export { reconcileStageSet } from './reconcile/stage-set.ts';
