/** Structured logs. Fields are plain values; nothing that is logged may hold a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const nothing = (): void => undefined;

/** For commands and tests that show what happens in another way. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
