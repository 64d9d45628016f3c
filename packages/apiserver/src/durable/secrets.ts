/** Keys and tokens of one cluster, by name: what its clients go on trusting when it is started again. */
export interface Secrets {
  get(name: string): string | undefined;
  keep(name: string, value: string): void;
}

/** Secrets that end with the process. */
export function passingSecrets(): Secrets {
  const values = new Map<string, string>();
  return { get: (name) => values.get(name), keep: (name, value) => values.set(name, value) };
}

/** The secret of that name, made now if there is none. */
export function secretOf(secrets: Secrets, name: string, make: () => string): string {
  const kept = secrets.get(name);
  if (kept !== undefined) return kept;
  const made = make();
  secrets.keep(name, made);
  return made;
}
