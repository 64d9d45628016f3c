import { getAt, type JsonPath } from '../json/path.ts';
import { isJsonArray, isJsonObject, type JsonObject, own } from '../json/value.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A status whose values are not of the types that the rules need: the object is `Unknown`. */
export class UnreadableStatusError extends Error {
  override readonly name = 'UnreadableStatusError';
}

/** Reads the fields of one object as the rules want them: with a default, or insisting on a type. */
export class StatusReader {
  readonly kind: string;
  readonly #object: JsonObject;
  #conditions: readonly Condition[] | undefined;

  constructor(object: JsonObject) {
    this.#object = object;
    this.kind = this.text(['kind']) ?? '';
  }

  at(path: JsonPath): unknown {
    return getAt(this.#object, path);
  }

  text(path: JsonPath): string | undefined {
    const value = this.at(path);
    return typeof value === 'string' ? value : undefined;
  }

  /** What is no whole number counts as missing. */
  integer(path: JsonPath, missing: number): number {
    const value = this.at(path);
    return Number.isInteger(value) ? Number(value) : missing;
  }

  requireText(path: JsonPath): string {
    const value = this.#existing(path);
    if (value === undefined || typeof value === 'string') return value ?? '';
    throw unreadable(path, 'must be a text');
  }

  requireInteger(path: JsonPath): number | undefined {
    const value = this.#existing(path);
    if (value === undefined || Number.isInteger(value)) return value as number | undefined;
    throw unreadable(path, 'must be a whole number');
  }

  requireList(path: JsonPath): readonly unknown[] {
    const value = this.#existing(path);
    if (value === undefined || isJsonArray(value)) return value ?? [];
    throw unreadable(path, 'must be a list');
  }

  /** `status.conditions`, in their order; what a condition lacks is empty. */
  conditions(): readonly Condition[] {
    this.#conditions ??= this.#readConditions();
    return this.#conditions;
  }

  condition(type: string, status: string): Condition | undefined {
    return this.conditions().find((condition) => condition.type === type && condition.status === status);
  }

  #readConditions(): Condition[] {
    const status = this.at(['status']) ?? {};
    if (!isJsonObject(status)) throw unreadable(['status'], 'must be an object');
    const list = own(status, 'conditions') ?? [];
    if (!isJsonArray(list)) throw unreadable(['status', 'conditions'], 'must be a list');
    return list.map((entry, index) => {
      const condition = entry ?? {};
      if (!isJsonObject(condition)) throw unreadable(['status', 'conditions', index], 'must be an object');
      const field = (name: string): string => {
        const value = own(condition, name) ?? '';
        if (typeof value === 'string') return value;
        throw unreadable(['status', 'conditions', index, name], 'must be a text');
      };
      return { type: field('type'), status: field('status'), reason: field('reason'), message: field('message') };
    });
  }

  /** The value at a path; throws when something on the way there is no object. */
  #existing(path: JsonPath): unknown {
    for (let length = 1; length < path.length; length++) {
      const parent = this.at(path.slice(0, length));
      if (parent === undefined || parent === null) return undefined;
      if (!isJsonObject(parent)) throw unreadable(path.slice(0, length), 'must be an object');
    }
    return this.at(path);
  }
}

function unreadable(path: JsonPath, message: string): UnreadableStatusError {
  return new UnreadableStatusError(`the status cannot be read: ${path.join('.')} ${message}`);
}
