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

/** Answers about the content of an object, which may quote it. */
const MAY_QUOTE = new Set([400, 422, 500]);

/** What is wrong with a Secret, without the words of the server: they may hold its values. */
function ofSecret({ causes, message }: ApiError): string {
  if (causes.length > 0) return causes.map(({ field = '?', reason = 'invalid' }) => `${field}: ${reason}`).join(', ');
  const [harmless] = /illegal base64 data at input byte \d+/.exec(message) ?? [];
  return harmless ?? 'the answer may quote its values and is not repeated; check the types of its fields';
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
  if (ref.kind === 'Secret' && MAY_QUOTE.has(error.code))
    return `${subject} was refused (${error.reason}): ${ofSecret(error)}`;
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
