import { ApiError, type KubeObject, type Status, type StatusCause } from '@stageset/k8s';

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal together with the very Status that is sent over the wire. */
export class StatusError extends ApiError {
  readonly status: Status;
  constructor(status: Status, options?: ErrorOptions) {
    super(status, options);
    this.status = status;
  }
}

/** What a resource or a kind is called in messages: with its group, unless that is the core group. */
export interface Named {
  readonly group: string;
  readonly name: string;
}

/** An empty `reason` is left out, as the real server does where it has no word for a failure. */
export function failure(code: number, reason: string, message: string, details?: StatusDetails): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

function qualified({ group, name }: Named): string {
  return group === '' ? name : `${name}.${group}`;
}

function detailsOf(of: Named, name: string, extra: StatusDetails = {}): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(of.group === '' ? {} : { group: of.group }),
    ...(of.name === '' ? {} : { kind: of.name }),
    ...extra,
  };
}

export function notFound(resource: Named, name: string): StatusError {
  return failure(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: Named, { metadata }: KubeObject): StatusError {
  const ending = metadata.deletionTimestamp === undefined ? '' : 'object is being deleted: ';
  const message = `${ending}${qualified(resource)} "${metadata.name}" already exists`;
  return failure(409, 'AlreadyExists', message, detailsOf(resource, metadata.name));
}

export function conflict(resource: Named, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return failure(409, 'Conflict', message, detailsOf(resource, name));
}

/** The optimistic lock: the writer had read an older version. */
export function modifiedMeanwhile(resource: Named, name: string): StatusError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(resource, name, why);
}

/** A conflict of server-side apply: one cause per field and manager. */
export function applyConflict(message: string, causes: readonly StatusCause[]): StatusError {
  return failure(409, 'Conflict', message, { causes });
}

export function forbidden(resource: Named, name: string, why: string, causes?: readonly StatusCause[]): StatusError {
  const message =
    name === ''
      ? `${qualified(resource)} is forbidden: ${why}`
      : `${qualified(resource)} "${name}" is forbidden: ${why}`;
  return failure(403, 'Forbidden', message, detailsOf(resource, name, causes === undefined ? {} : { causes }));
}

/** 422: what is wrong with the object, field by field. */
export function invalid(kind: Named, name: string, causes: readonly StatusCause[]): StatusError {
  const faults = causes.map((cause) =>
    cause.field === undefined || cause.field === '' ? `${cause.message}` : `${cause.field}: ${cause.message}`,
  );
  // What is wrong twice is told once, and counted twice.
  const told = [...new Set(faults)];
  const list = told.length === 1 ? told[0] : `[${told.join(', ')}]`;
  return failure(422, 'Invalid', `${qualified(kind)} "${name}" is invalid: ${list}`, detailsOf(kind, name, { causes }));
}

export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

export function unknownResource(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return failure(405, 'MethodNotAllowed', message, {});
}

export function unsupportedMediaType(got: string, wanted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${wanted.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', got === '' ? '415: Unsupported Media Type' : message, {});
}

export function notAcceptable(wanted: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${wanted.join(', ')}`;
  return failure(406, 'NotAcceptable', message);
}

/** The patch is well formed but cannot be carried out on this object. */
export function unprocessable(message: string): StatusError {
  return failure(422, 'Invalid', message, {});
}

export function expired(message: string): StatusError {
  return failure(410, 'Expired', message);
}

export function tooLargeResourceVersion(wanted: number, current: number): StatusError {
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

export function tooLarge(limitBytes: number): StatusError {
  const message = `Request entity is too large: limit is ${limitBytes}`;
  return failure(413, 'RequestEntityTooLarge', message);
}

export function unauthorized(): StatusError {
  return failure(401, 'Unauthorized', 'Unauthorized');
}
