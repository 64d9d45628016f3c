import { isJsonArray, isJsonObject } from '../json/value.ts';
import type { ManagedFieldsEntry } from '../object.ts';
import type { FieldSet } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { compareStrings } from './value-order.ts';

/** Who a set of fields belongs to. Appliers are one manager at every version; updaters are another at each. */
export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
}

/** What one manager owns. */
export interface Ownership {
  readonly identity: ManagerIdentity;
  /** The version whose field names the set uses. */
  readonly apiVersion: string;
  readonly fields: FieldSet;
  readonly time: string | undefined;
}

/** All owners of an object, by identifier. */
export type Owners = Map<string, Ownership>;

/** The text that tells managers apart; two entries with the same one are the same owner. */
export function identifierOf({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  return JSON.stringify({
    ...(manager === '' ? {} : { manager }),
    operation,
    ...(operation === 'Apply' || apiVersion === '' ? {} : { apiVersion }),
    ...(subresource === '' ? {} : { subresource }),
  });
}

/** managedFields that cannot be read: an unknown operation, no version, or fields that are none. */
export class ManagedFieldsError extends Error {
  override readonly name = 'ManagedFieldsError';
}

/** Reads managedFields. Throws a {@link ManagedFieldsError}. */
export function decodeManagedFields(entries: unknown): Owners {
  const owners: Owners = new Map();
  if (entries === undefined || entries === null) return owners;
  if (!isJsonArray(entries)) throw new ManagedFieldsError('managedFields must be a list');
  for (const [i, entry] of entries.entries()) {
    const ownership = decodeEntry(entry, i);
    owners.set(identifierOf(ownership.identity), ownership);
  }
  return owners;
}

function decodeEntry(entry: unknown, position: number): Ownership {
  if (!isJsonObject(entry)) throw new ManagedFieldsError(`managed fields entry ${position} must be a map`);
  const operation = entry['operation'];
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new ManagedFieldsError('operation must be `Apply` or `Update`');
  }
  const apiVersion = textOf(entry['apiVersion']);
  if (apiVersion === '') throw new ManagedFieldsError('apiVersion must not be empty');
  const fieldsType = textOf(entry['fieldsType']);
  if (fieldsType === '') throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${position}`);
  if (fieldsType !== 'FieldsV1') {
    throw new ManagedFieldsError(
      `invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${position}`,
    );
  }
  const time = textOf(entry['time']);
  return {
    identity: { manager: textOf(entry['manager']), operation, apiVersion, subresource: textOf(entry['subresource']) },
    apiVersion,
    fields: decodeFields(entry['fieldsV1'], position),
    time: time === '' ? undefined : time,
  };
}

function decodeFields(fields: unknown, position: number): FieldSet {
  try {
    return decodeFieldsV1(fields);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ManagedFieldsError(`error decoding managed fields entry ${position}: ${error.message}`, { cause: error });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Writes managedFields in the API server's order: appliers first, then by time, name, version and subresource. */
export function encodeManagedFields(owners: Owners): ManagedFieldsEntry[] {
  return [...owners.values()].sort(compareOwnerships).map(encodeEntry);
}

function encodeEntry({ identity, apiVersion, fields, time }: Ownership): ManagedFieldsEntry {
  const { manager, operation, subresource } = identity;
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFieldsV1(fields),
    ...(subresource === '' ? {} : { subresource }),
  };
}

function compareOwnerships(a: Ownership, b: Ownership): number {
  return (
    compareStrings(a.identity.operation, b.identity.operation) ||
    secondsOf(a.time) - secondsOf(b.time) ||
    compareStrings(a.identity.manager, b.identity.manager) ||
    compareStrings(a.apiVersion, b.apiVersion) ||
    compareStrings(a.identity.subresource, b.identity.subresource)
  );
}

/** Entries without a time come first. */
export function secondsOf(time: string | undefined): number {
  const milliseconds = time === undefined ? 0 : Date.parse(time);
  return Number.isNaN(milliseconds) ? 0 : Math.floor(milliseconds / 1000);
}

/** Whether managedFields as sent mean "forget who owns what": an empty list, or a list of one empty entry. */
export function isReset(entries: unknown): boolean {
  if (!isJsonArray(entries)) return false;
  if (entries.length === 0) return true;
  const [only] = entries;
  return entries.length === 1 && isJsonObject(only) && Object.keys(only).length === 0;
}
