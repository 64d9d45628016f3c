import { type Level, pino } from 'pino';
import type { LogFields, Logger } from '../logging/logger.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Level[];
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['json', 'text'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  readonly level?: LogLevel;
  readonly format?: LogFormat;
  /** Where lines go; standard error when absent. */
  readonly write?: (line: string) => void;
}

/** Log lines on standard error: JSON for machines, or one readable line each. */
export function createLogger({ level = 'info', format = 'json', write }: LogOptions = {}): Logger {
  const out = write ?? ((line: string) => void process.stderr.write(line));
  const sink = { write: format === 'json' ? out : (line: string) => out(readable(line)) };
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  const at =
    (name: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      log[name](fields, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function readable(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${[time, String(level).toUpperCase().padEnd(5), msg, ...rest].join(' ')}\n`;
}
