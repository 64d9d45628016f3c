import type { EffectState } from '@stageset/delivery';
import { isJsonObject, own, UnreachableError } from '@stageset/k8s';
import type { HttpFailureKind } from '@stageset/ports';
import { type EffectContext, failedEffect, failedRequest, namespaceOf, SUCCEEDED } from './effect-context.ts';

const IDEMPOTENCY_KEY = 'Idempotency-Key';
/** Answers that a later attempt may get another of. */
const PASSING = new Set([408, 429]);

type Http = NonNullable<EffectContext['action']['http']>;
type Secret = { readonly value: string } | { readonly failure: EffectState };

/**
 * Sends the request of an `http` action. Whoever gets it can tell a repetition by its Idempotency-Key: it is the same
 * exactly while nobody here knows what came of the last try.
 */
export async function sendHttp(context: EffectContext): Promise<EffectState> {
  const { http } = context.action;
  if (http === undefined) return SUCCEEDED;
  const content = await contentOf(http, context);
  if ('failure' in content) return content.failure;
  const { calls, gate, stageSet, signal } = context;
  const { url, method = 'POST', expectedStatus: stopAt = [] } = http;
  const isSecret = http.bodyFrom !== undefined || (http.headersFrom ?? []).length > 0;
  try {
    // Another replica may have taken the StageSet over: no server outside the cluster would know.
    const permit = gate?.admit(`${stageSet.metadata.namespace}/${stageSet.metadata.name}`);
    const bounded = permit === undefined ? signal : AbortSignal.any([signal, permit.signal]);
    const answer = await calls.send({ url, method, ...content, isSecret, stopAt }, bounded);
    return judge(http, answer.status, answer.host, answer.retryAfterMs);
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof UnreachableError) return failedEffect(error.message, { isKnown: false });
    const kind = isJsonObject(error) ? own(error, 'kind') : undefined;
    if (typeof kind !== 'string' || !Object.hasOwn(FAILURES, kind)) throw error;
    return failedEffect(error instanceof Error ? error.message : String(error), FAILURES[kind as HttpFailureKind]);
  }
}

type Content = { readonly headers: readonly (readonly [string, string])[]; readonly body?: string };

/** Headers and body, with what Secrets hold of them. */
async function contentOf(http: Http, context: EffectContext): Promise<Content | { readonly failure: EffectState }> {
  const headers: [string, string][] = [];
  for (const reference of http.headersFrom ?? []) {
    const read = await readSecret(context, reference);
    if ('failure' in read) return read;
    headers.push([reference.key ?? '', read.value]);
  }
  const read = http.bodyFrom === undefined ? { value: http.body ?? '' } : await readSecret(context, http.bodyFrom);
  if ('failure' in read) return read;
  const body = read.value;
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  if (!names.has(IDEMPOTENCY_KEY.toLowerCase())) headers.push([IDEMPOTENCY_KEY, context.intent.key]);
  if (body !== '' && !names.has('content-type')) headers.push(['Content-Type', typeOf(body)]);
  return { headers, ...(body === '' ? {} : { body }) };
}

const FAILURES: Readonly<Record<HttpFailureKind, { readonly isKnown: boolean; readonly isLasting: boolean }>> = {
  refused: { isKnown: true, isLasting: true },
  unsendable: { isKnown: true, isLasting: true },
  unsent: { isKnown: true, isLasting: false },
  unknown: { isKnown: false, isLasting: false },
};

function judge(http: Http, status: number, host: string, retryAfterMs: number | undefined): EffectState {
  const expected = http.expectedStatus ?? [];
  const isExpected = expected.length > 0 ? expected.includes(status) : status >= 200 && status < 300;
  if (isExpected) return SUCCEEDED;
  const wanted = expected.length > 0 ? expected.join(' or ') : '2xx';
  const isLasting = status >= 400 && status < 500 && !PASSING.has(status);
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  return failedEffect(`${host} answered ${status}, expected ${wanted}`, { isLasting, ...asked });
}

function typeOf(body: string): string {
  try {
    JSON.parse(body);
    return 'application/json';
  } catch {
    return 'text/plain; charset=utf-8';
  }
}

async function readSecret(context: EffectContext, { name, key = '' }: { name: string; key?: string }): Promise<Secret> {
  const namespace = namespaceOf(context);
  const subject = `Secret ${namespace}/${name}`;
  try {
    const secret = await context.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }, context.signal);
    if (secret === undefined) return { failure: failedEffect(`${subject} not found; create it`) };
    const data = isJsonObject(secret['data']) ? own(secret['data'], key) : undefined;
    if (typeof data !== 'string') return { failure: failedEffect(`${subject} has no key "${key}"; add it`) };
    return { value: Buffer.from(data, 'base64').toString('utf8') };
  } catch (error) {
    if (context.signal.aborted) throw error;
    // Nothing has been sent, whatever became of the question.
    const failure = failedRequest(subject, error);
    return { failure: failure.state === 'failed' ? { ...failure, isKnown: true } : failure };
  }
}
