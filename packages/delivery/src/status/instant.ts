/** RFC 3339 in UTC and whole seconds, as the API writes instants. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
