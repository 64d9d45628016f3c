import type { ClusterRequest, Transport } from '@stageset/ports';
import { KINDS, type Sequence, type WriteStep } from './steps.ts';

type Values = Readonly<Record<string, unknown>>;

/** What a cluster answered to one write, without what no two clusters share. */
export interface Replied {
  readonly step: number;
  readonly code: number;
  readonly body: unknown;
}

/** A sequence, played on one cluster: every answer, and at the end the object as it is stored. */
export async function replay(
  transport: Transport,
  namespace: string,
  { kind, steps }: Sequence,
  name: string,
): Promise<readonly Replied[]> {
  const written = KINDS[kind];
  if (written === undefined) throw new Error(`no kind ${kind}`);
  const collection = written.path(namespace);
  const path = `${collection}/${name}`;
  const replies: Replied[] = [];
  let newest = '';
  let first = '';
  const send = async (request: ClusterRequest): Promise<{ code: number; body: Values }> => {
    const response = await transport(request);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    const content = Buffer.concat(chunks).toString('utf8');
    return { code: response.status, body: content.startsWith('{') ? JSON.parse(content) : { text: content } };
  };
  const whole = (step: WriteStep): unknown => {
    const isObject = step.method === 'POST' || step.method === 'PUT' || step.type === 'application/apply-patch+yaml';
    if (!isObject) return step.body;
    const values = step.body as Values;
    const version = step.lock === undefined ? undefined : step.lock === 'newest' ? newest : first;
    const metadata = {
      ...(values['metadata'] as Values | undefined),
      name,
      namespace,
      ...(version === undefined || version === '' ? {} : { resourceVersion: version }),
    };
    return { ...values, apiVersion: written.apiVersion, kind, metadata };
  };
  for (const [index, step] of steps.entries()) {
    const base = step.method === 'POST' ? collection : step.part === '' ? path : `${path}/${step.part}`;
    const { code, body } = await send({
      method: step.method,
      path: step.query === '' ? base : `${base}?${step.query}`,
      headers: { 'content-type': step.type, accept: 'application/json' },
      body: JSON.stringify(whole(step)),
    });
    const version = (body['metadata'] as Values | undefined)?.['resourceVersion'];
    if (code < 300 && typeof version === 'string') {
      newest = version;
      if (first === '') first = version;
    }
    replies.push({ step: index, code, body: comparable(body, name) });
  }
  const { code, body } = await send({ method: 'GET', path });
  replies.push({ step: steps.length, code, body: comparable(body, name) });
  const finalizers = { metadata: { finalizers: null } };
  const headers = { 'content-type': 'application/merge-patch+json' };
  await send({ method: 'PATCH', path, headers, body: JSON.stringify(finalizers) });
  await send({ method: 'DELETE', path });
  return replies;
}

const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const ADDRESS = /\b10\.\d+\.\d+\.\d+\b/g;
/** Fields whose values a cluster picks. */
const PICKED = new Set(['resourceVersion', 'nodePort', 'healthCheckNodePort', 'time']);

function comparable(value: unknown, name: string, key = ''): unknown {
  if (PICKED.has(key)) return `{${key}}`;
  if (typeof value === 'string') {
    return value.replaceAll(name, '{name}').replace(UID, '{uid}').replace(TIME, '{time}').replace(ADDRESS, '{ip}');
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item, name));
    // Owners stand in the order of their times, and the clusters are not equally fast.
    return key === 'managedFields' ? items.map((item) => JSON.stringify(item)).sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const plain = Object.fromEntries(fields.map(([field, each]) => [field, comparable(each, name, field)]));
  return plain['kind'] === 'Status' && plain['status'] === 'Failure' ? failure(plain) : plain;
}

/** A server names faults in no certain order, and some of them twice: then its message is nobody's promise. */
function failure({ code, reason, message, details }: Values): unknown {
  const causes = (details as { causes?: readonly unknown[] } | undefined)?.causes ?? [];
  const distinct = [...new Set(causes.map((cause) => withoutObject(JSON.stringify(cause))))].sort();
  return {
    code,
    reason,
    causes: distinct,
    ...(distinct.length > 1 ? {} : { message: withoutObject(String(message)) }),
  };
}

/**
 * Some refusals quote the whole object, tell an empty map of labels from none, which Go alone knows apart, or name the one
 * of several fields of a wrong type that Go happened to meet first.
 */
function withoutObject(text: string): string {
  return text
    .replace(/patch("?[:,].*?)Invalid value: .*\}\\*": /s, 'patch$1')
    .replace(/Invalid value: \\*"map\[.*\]\\*": /s, '')
    .replace(/cannot unmarshal .* of type [a-z0-9[\]]*/, 'cannot unmarshal')
    .replace(/Invalid value: (?:null|\{\}): (?=`selector` does not match)/, '');
}
