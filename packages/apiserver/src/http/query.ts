import type { StatusCause } from '@stageset/k8s';
import { forbiddenValue } from '../registry/metadata.ts';
import { badRequest, invalid } from '../registry/status-error.ts';
import type { FieldValidation } from '../registry/write-request.ts';

export interface WriteQuery {
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
  readonly fieldValidation: FieldValidation;
}

export interface ListQuery {
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly limit: number;
  readonly continueToken: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly resourceVersionMatch: string | undefined;
}

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];
const MAX_MANAGER_LENGTH = 128;

function invalidOptions(kind: string, field: string, reason: string, message: string): Error {
  return invalid({ group: 'meta.k8s.io', name: kind }, '', [{ reason, message, field }]);
}

/** @throws 422 for a dry run of anything but all of it. */
export function isDryRun(kind: string, values: readonly unknown[]): boolean {
  const dryRun = values.filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) {
    const message = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`;
    throw invalidOptions(kind, 'dryRun', 'FieldValueNotSupported', message);
  }
  return dryRun.length > 0;
}

/** The options that create, update and patch share. `kind` names them in messages: `CreateOptions` … */
export function writeQuery(kind: string, query: URLSearchParams): WriteQuery {
  const dryRun = isDryRun(kind, query.getAll('dryRun'));
  const fieldManager = query.get('fieldManager') ?? undefined;
  if (fieldManager !== undefined && fieldManager.length > MAX_MANAGER_LENGTH) {
    const message = `Too long: may not be more than ${MAX_MANAGER_LENGTH} bytes`;
    throw invalidOptions(kind, 'fieldManager', 'FieldValueTooLong', message);
  }
  const odd = [...(fieldManager ?? '')].findIndex((letter) => !/^[^\p{C}\p{Z}]$| /u.test(letter));
  if (fieldManager !== undefined && odd >= 0) {
    const code = (fieldManager.codePointAt(odd) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const message = `Invalid value: ${JSON.stringify(fieldManager)}: invalid character U+${code} (at position ${odd})`;
    throw invalidOptions(kind, 'fieldManager', 'FieldValueInvalid', message);
  }
  return {
    dryRun,
    fieldManager: fieldManager === '' ? undefined : fieldManager,
    fieldValidation: fieldValidation(kind, query.get('fieldValidation') ?? ''),
  };
}

function fieldValidation(kind: string, value: string): FieldValidation {
  if (value === 'Strict' || value === 'Ignore') return value;
  if (value === 'Warn' || value === '') return 'Warn';
  const supported = VALIDATIONS.map((known) => JSON.stringify(known)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`;
  throw invalidOptions(kind, 'fieldValidation', 'FieldValueNotSupported', message);
}

/** `force` of an apply; the manager of an apply must be named. */
export function applyQuery(
  query: URLSearchParams,
  fieldManager: string | undefined,
): { force: boolean; manager: string } {
  if (fieldManager === undefined) {
    const message = 'Required value: is required for apply patch';
    throw invalidOptions('PatchOptions', 'fieldManager', 'FieldValueRequired', message);
  }
  return { force: isTrue(query.get('force')), manager: fieldManager };
}

export function refuseForce(query: URLSearchParams): void {
  if (!query.has('force')) return;
  const message = 'Forbidden: may not be specified for non-apply patch';
  throw invalidOptions('PatchOptions', 'force', 'FieldValueForbidden', message);
}

export function listQuery(query: URLSearchParams): ListQuery {
  const limit = query.get('limit');
  if (limit !== null && !/^[+-]?\d+$/.test(limit)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`);
  }
  return {
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    limit: limit === null ? 0 : Math.max(0, Number(limit)),
    continueToken: query.get('continue') || undefined,
    resourceVersion: query.get('resourceVersion') || undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') || undefined,
  };
}

/** @throws 400 for what is no resource version. */
export function parseRevision(text: string): number {
  if (/^\d{1,19}$/.test(text)) return Number(text);
  const value = JSON.stringify(text);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`,
  );
}

/** @throws 422 when the options of a list or watch contradict each other, as the real server checks them. */
export function checkListOptions(query: URLSearchParams, watching: boolean): void {
  const causes = watching ? watchFaults(query) : listFaults(query);
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', name: 'ListOptions' }, '', causes);
}

const MATCH = 'resourceVersionMatch';

function watchFaults(query: URLSearchParams): readonly StatusCause[] {
  const match = query.get(MATCH) ?? '';
  if (!query.has('sendInitialEvents')) {
    if (match === '') return [];
    return [forbiddenValue(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')];
  }
  if (match === 'NotOlderThan') return [];
  const needed = forbiddenValue(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  return match === '' ? [needed] : [needed, unsupportedMatch(match, ['NotOlderThan'])];
}

function listFaults(query: URLSearchParams): readonly StatusCause[] {
  const match = query.get(MATCH) ?? '';
  const causes: StatusCause[] = matchFaults(query, match);
  if (query.has('sendInitialEvents')) {
    causes.push(forbiddenValue('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return causes;
}

function matchFaults(query: URLSearchParams, match: string): StatusCause[] {
  if (match === '') return [];
  const version = query.get('resourceVersion') ?? '';
  const causes: StatusCause[] = [];
  if (version === '') {
    causes.push(forbiddenValue(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  }
  if ((query.get('continue') ?? '') !== '') {
    causes.push(forbiddenValue(MATCH, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  if (match !== 'Exact' && match !== 'NotOlderThan')
    causes.push(unsupportedMatch(match, ['Exact', 'NotOlderThan', '']));
  if (match === 'Exact' && version === '0') {
    causes.push(forbiddenValue(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return causes;
}

function unsupportedMatch(match: string, supported: readonly string[]): StatusCause {
  const values = supported.map((value) => JSON.stringify(value)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${values}`;
  return { reason: 'FieldValueNotSupported', message, field: MATCH };
}

export function isTrue(value: string | null): boolean {
  return value !== null && value !== 'false' && value !== '0';
}
