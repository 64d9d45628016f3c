import { count, type Failure, immutableFields, isImmutableConflict, type Operation } from '@stageset/delivery';
import { ApiError, formatRef, isForbidden, type ObjectRef, UnknownKindError } from '@stageset/k8s';
import { deniedMessage, isRefusedIdentity } from '../tenancy/denied.ts';

/** One object that could not be written as asked. */
export interface ObjectFailure {
  readonly ref: ObjectRef;
  readonly error: unknown;
  /** In words, where the error alone does not say enough. */
  readonly message?: string;
  readonly operation?: Operation;
  readonly retry?: Failure['retry'];
}

/** Answers that stay the same however often they are asked for. */
const LASTING_CODES = new Set([400, 405, 413, 415, 422]);

function retryOf(error: unknown): Failure['retry'] {
  if (isForbidden(error) || error instanceof UnknownKindError) return 'slowly';
  return error instanceof ApiError && LASTING_CODES.has(error.code) ? 'retry' : 'backoff';
}

/** What went wrong with one object, in words that tenants may read: never a value of a Secret. */
export function describe({ ref, error, message }: ObjectFailure): string {
  const subject = formatRef(ref);
  if (message !== undefined) return `${subject}: ${message}`;
  if (!(error instanceof ApiError)) return `${subject}: ${error instanceof Error ? error.message : String(error)}`;
  if (isImmutableConflict(error)) {
    const fields = immutableFields(error).join(', ');
    return (
      `${subject} cannot be changed in place: ${fields} ${fields.includes(',') ? 'are' : 'is'} immutable; ` +
      'set conflictPolicy to Recreate to delete and create it anew, or change it back'
    );
  }
  // What validation says of a Secret may quote its values.
  if (ref.kind === 'Secret' && error.causes.length > 0) {
    const fields = error.causes.map(({ field = '?', reason = 'invalid' }) => `${field}: ${reason}`).join(', ');
    return `${subject} was refused (${error.reason}): ${fields}`;
  }
  const reason = error.reason === '' ? '' : ` (${error.reason})`;
  const said = error.code === 403 ? deniedMessage(error) : error.message;
  return `${subject} was refused${reason}: ${said}`;
}

/** All failures of one effect as one: the worst decides the reason, the first few are told. */
export function summarise(stage: string, operation: Operation, failures: readonly ObjectFailure[]): Failure {
  const refused = failures.find(({ error }) => isRefusedIdentity(error));
  if (refused?.error instanceof Error) {
    const { message } = refused.error;
    return { reason: 'StageFailed', stage, operation: 'connect to target cluster', message, retry: 'backoff' };
  }
  const told = failures.slice(0, 3).map(describe);
  const rest = failures.length > told.length ? `; and ${count(failures.length - told.length, 'other object')}` : '';
  const denied = failures.some(({ error }) => isForbidden(error) || error instanceof UnknownKindError);
  const retries = failures.map(({ error, retry }) => retry ?? retryOf(error));
  return {
    reason: denied ? 'RBACDenied' : 'StageFailed',
    stage,
    operation: failures.find((failure) => failure.operation !== undefined)?.operation ?? operation,
    message: `${told.join('; ')}${rest}`,
    retry: retries.includes('backoff') ? 'backoff' : denied ? 'slowly' : 'retry',
  };
}
