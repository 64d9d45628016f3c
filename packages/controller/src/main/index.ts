export { type LogFields, type Logger, silentLogger } from '../logging/logger.ts';
export { RequestCounts } from '../metrics/request-counts.ts';
export { type StageRenderer, workerRenderer } from '../render/stage-renderer.ts';
export {
  type ControllerParts,
  type RunningController,
  startController,
  type WakeUpOf,
} from './controller.ts';
export { type ControllerOptions, parseBindAddress } from './options.ts';
export {
  createLogger,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  type LogOptions,
} from './pino-logger.ts';
