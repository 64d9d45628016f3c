import type { ClusterResponse } from '@stageset/ports';

/** What of an answer a case is about. */
export interface Shown {
  readonly code: number;
  readonly warning?: string;
  readonly body: unknown;
}

const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const SERVICE_IP = /\b10\.\d+\.\d+\.\d+\b/g;
/** The token that every pod gets, under a name with random letters. */
const TOKEN_VOLUME = /\bkube-api-access-[a-z0-9]{5}\b/g;
const AGE = /^(?:\d+[ydhms]){1,2}$/;
/** Fields whose values a cluster picks. */
const PICKED = new Set([
  'resourceVersion',
  'continue',
  'nodePort',
  'healthCheckNodePort',
  'token',
  'storageVersionHash',
]);

export interface Meaning {
  /** Names that the run made up, and what stands for them. */
  readonly names: readonly (readonly [name: string, placeholder: string])[];
  readonly ownership: boolean;
}

export async function readAnswer(response: ClusterResponse): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The answer without what differs between two runs on one cluster. */
export function shown(response: ClusterResponse, body: unknown, meaning: Meaning): Shown {
  const warning = response.headers['warning'];
  return {
    code: response.status,
    ...(warning === undefined ? {} : { warning: plain(warning, meaning) }),
    body: normal(body, meaning, ''),
  };
}

function normal(value: unknown, meaning: Meaning, key: string): unknown {
  if (typeof value === 'string') return PICKED.has(key) && value !== '' ? `{${key}}` : plain(value, meaning);
  if (typeof value === 'number' && PICKED.has(key)) return `{${key}}`;
  if (Array.isArray(value)) {
    const isCells = key === 'cells';
    const isColumns = key === 'columnDefinitions';
    return value.map((item) =>
      isCells && AGE.test(String(item)) ? '{age}' : normal(item, meaning, isColumns ? key : ''),
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (name === 'managedFields') {
      if (!meaning.ownership) continue;
      fields[name] = Array.isArray(field) ? sameSecond(field.map((entry) => normal(entry, meaning, ''))) : field;
      continue;
    }
    // Prose, of columns.
    if (name === 'description' && key === 'columnDefinitions') continue;
    if (name === 'causes' && Array.isArray(field)) {
      fields[name] = distinct(field.map((cause) => normal(cause, meaning, '')));
      continue;
    }
    fields[plain(name, meaning)] = normal(field, meaning, name);
  }
  return fields;
}

export function plain(text: string, { names }: Meaning): string {
  let result = text;
  for (const [name, placeholder] of names) result = result.replaceAll(name, placeholder);
  return result
    .replace(UID, '{uid}')
    .replace(TIME, '{time}')
    .replace(SERVICE_IP, '{ip}')
    .replace(TOKEN_VOLUME, 'kube-api-access-{n}');
}

/** Entries in the order that they have when all are of one second: whether a second has passed is up to the machine. */
function sameSecond(entries: readonly unknown[]): readonly unknown[] {
  const placeOf = (entry: unknown): string => {
    const { operation, manager, apiVersion, subresource } = entry as Readonly<Record<string, unknown>>;
    return JSON.stringify([operation, manager, apiVersion, subresource]);
  };
  return entries.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** A real server names some faults twice, depending on the kind: once is as good. */
function distinct(causes: readonly unknown[]): readonly unknown[] {
  const seen = new Set<string>();
  return causes.filter((cause) => {
    const text = JSON.stringify(cause);
    return seen.has(text) ? false : seen.add(text);
  });
}
