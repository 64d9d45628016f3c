export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The property alone, when it is there and a string: made to be spread, so that absent stays absent. */
export function stringIn<K extends string>(record: Readonly<Record<string, unknown>>, key: K): { [P in K]?: string } {
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  return typeof value === 'string' ? ({ [key]: value } as { [P in K]?: string }) : {};
}

export function numberIn<K extends string>(record: Readonly<Record<string, unknown>>, key: K): { [P in K]?: number } {
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? ({ [key]: value } as { [P in K]?: number }) : {};
}
