import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@stageset/k8s';
import { resourceOf } from '../registry/kind.ts';
import type { Registry } from '../registry/registry.ts';
import { badRequest, failure, forbidden, StatusError } from '../registry/status-error.ts';
import { awaited, type Writing } from '../registry/writing.ts';
import type { Attributes } from './attributes.ts';
import { textOf } from './read.ts';
import { admissionRequest, ReviewFault, readVerdict, reviewOf, type Verdict } from './review.ts';
import type { Match } from './rules.ts';
import type { ServiceRef, Webhook } from './webhook.ts';
import { CallFault, type WebhookClient } from './webhook-client.ts';

export interface Question {
  readonly webhook: Webhook;
  readonly attributes: Attributes;
  readonly match: Match;
  readonly isMutating: boolean;
  readonly warn: (message: string) => void;
}

export interface Asking {
  readonly client: WebhookClient;
  readonly registry: Registry;
}

/**
 * Asks one webhook.
 * @returns `undefined` when it could not be asked and is passed over.
 * @throws what it refuses with; 500 when it could not be asked; 400 when it has side effects and this is a dry run.
 */
export function* askWebhook(question: Question, { client, registry }: Asking): Writing<Verdict | undefined> {
  const { webhook, attributes, match, isMutating, warn } = question;
  const { name, ignoresFailure, timeoutSeconds, target } = webhook;
  if (attributes.dryRun && webhook.hasSideEffects) {
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  }
  const uid = randomUUID();
  let verdict: Verdict;
  try {
    const body = JSON.stringify(reviewOf(admissionRequest(uid, attributes, match)));
    const url = target.service === undefined ? (target.url ?? '') : serviceUrl(target.service);
    if (target.service !== undefined) requireService(target.service, url, timeoutSeconds, registry);
    const asked = client.ask({ url, authority: target.authority, timeoutSeconds, body });
    verdict = readVerdict(yield* awaited(asked), uid, isMutating);
  } catch (error) {
    const why = callFailure(error);
    if (why === undefined) throw error;
    if (ignoresFailure) return undefined;
    throw internal(`failed calling webhook ${JSON.stringify(name)}: ${why}`);
  }
  for (const warning of verdict.warnings) warn(warning);
  if (!verdict.allowed) throw refusal(name, verdict.status);
  return verdict;
}

function callFailure(error: unknown): string | undefined {
  if (error instanceof CallFault) return `failed to call webhook: ${error.message}`;
  if (error instanceof ReviewFault) return error.message;
  return undefined;
}

function serviceUrl({ namespace, name, path, port }: ServiceRef): string {
  return `https://${name}.${namespace}.svc:${port}${path === '' ? '/' : path}`;
}

/** Services have no backends here: nothing runs in the simulated pods. @throws {CallFault} always */
function requireService({ namespace, name, port }: ServiceRef, url: string, seconds: number, registry: Registry): void {
  const posted = `Post ${JSON.stringify(`${url}?timeout=${seconds}s`)}`;
  const service = registry.get({ apiVersion: 'v1', kind: 'Service', namespace, name });
  if (service === undefined) throw new CallFault(`${posted}: service ${JSON.stringify(name)} not found`);
  throw new CallFault(
    `${posted}: dial tcp ${name}.${namespace}.svc:${port}: connect: connection refused (no containers run in the local cluster; give clientConfig.url)`,
  );
}

export function internal(message: string): StatusError {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

const BAD_REQUEST = 400;

/** The webhook's own Status, with who refuses before its message. */
function refusal(name: string, given: JsonObject = {}): StatusError {
  const deniedBy = `admission webhook ${JSON.stringify(name)} denied the request`;
  const { message, reason, code, details } = given;
  const why = textOf(message) || textOf(reason);
  const number = typeof code === 'number' && code >= BAD_REQUEST ? code : BAD_REQUEST;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: why === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${why}`,
    ...(textOf(reason) === '' ? {} : { reason: textOf(reason) }),
    ...(typeof details === 'object' && details !== null ? { details } : {}),
    code: number,
  });
}

/** A condition of a webhook could not be evaluated, and failing closed is what it wants. */
export function conditionFailure({ resource, name }: Attributes, why: string): StatusError {
  return forbidden(resourceOf(resource), name, why);
}
