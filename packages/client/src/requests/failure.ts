import { ApiError, type Status, type StatusCause } from '@stageset/k8s';
import { isRecord, numberIn, stringIn } from './json.ts';

/** How much of a body that is not a `Status` is shown. */
const EXCERPT_CHARS = 200;

/** The reasons that the Kubernetes API machinery gives to HTTP codes when a server does not say one itself. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [406, 'NotAcceptable'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
]);

/** A failed answer: the error for the caller, and what the server's `Status` said, for decisions. */
export interface Failure {
  readonly error: ApiError;
  readonly status: Status;
}

/** Builds the typed error from an answer of 400 or more, whatever its body is: a `Status`, a proxy's page, nothing. */
export function failureOf(
  request: { readonly method: string; readonly path: string },
  response: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  body: string,
): Failure {
  const said = parseStatus(body);
  const retryAfterSeconds = said?.details?.retryAfterSeconds ?? retryAfterHeader(response.headers['retry-after']);
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: response.status,
    reason: said?.reason ?? REASONS.get(response.status) ?? 'Unknown',
    message: said?.message ?? describe(request, response.status, body),
    details: { ...said?.details, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  };
  return { error: new ApiError(status), status };
}

/** Reads a `Status` from a parsed value; `undefined` when it is none. */
export function statusOf(value: unknown): Status | undefined {
  if (!isRecord(value) || value['kind'] !== 'Status') return undefined;
  const details = isRecord(value['details']) ? value['details'] : {};
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: value['status'] === 'Success' ? 'Success' : 'Failure',
    ...stringIn(value, 'message'),
    ...stringIn(value, 'reason'),
    ...numberIn(value, 'code'),
    details: {
      ...stringIn(details, 'name'),
      ...stringIn(details, 'group'),
      ...stringIn(details, 'kind'),
      ...stringIn(details, 'uid'),
      ...numberIn(details, 'retryAfterSeconds'),
      ...(Array.isArray(details['causes']) ? { causes: details['causes'].filter(isRecord).map(causeOf) } : {}),
    },
  };
}

function causeOf(value: Readonly<Record<string, unknown>>): StatusCause {
  return { ...stringIn(value, 'reason'), ...stringIn(value, 'message'), ...stringIn(value, 'field') };
}

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    return statusOf(JSON.parse(body));
  } catch {
    return undefined; // Cut off, or not JSON after all: described by its text instead.
  }
}

function retryAfterHeader(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/.test(value.trim()) ? Number(value) : undefined;
}

function describe(request: { readonly method: string; readonly path: string }, code: number, body: string): string {
  const path = request.path.split('?', 1)[0];
  const text = body.replace(/\s+/g, ' ').trim();
  const excerpt = text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}…` : text;
  return `the server answered ${code} to ${request.method} ${path}${excerpt === '' ? ' with an empty body' : `: ${excerpt}`}`;
}
