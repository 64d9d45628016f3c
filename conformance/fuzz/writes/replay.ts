import type { ClusterRequest, Transport } from '@stageset/ports';
import { comparable } from '../comparable.ts';
import type { WriteStep } from './steps.ts';

type Values = Readonly<Record<string, unknown>>;

/** What a cluster answered to one write, without what no two clusters share. */
export interface Replied {
  readonly step: number;
  readonly code: number;
  readonly body: unknown;
}

/** Where steps are played, and of which kind the object is. */
export interface Stage {
  readonly transport: Transport;
  readonly collection: string;
  readonly namespace: string;
  readonly apiVersion: string;
  readonly kind: string;
}

/** Steps that write one object, played on one cluster: every answer, and at the end the object as it is stored. */
export async function replay(
  { transport, collection, namespace, apiVersion, kind }: Stage,
  steps: readonly WriteStep[],
  name: string,
): Promise<readonly Replied[]> {
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
    return { ...values, apiVersion, kind, metadata };
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

/** The first answer in which two clusters differ; nothing when they do not. */
export function firstDifference(
  ours: readonly Replied[],
  theirs: readonly Replied[],
): { readonly ours: Replied | undefined; readonly theirs: Replied } | undefined {
  for (const [at, reply] of theirs.entries()) {
    if (JSON.stringify(ours[at]) !== JSON.stringify(reply)) return { ours: ours[at], theirs: reply };
  }
  return undefined;
}
