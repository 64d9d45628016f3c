import { isJsonArray, isJsonObject } from '../json/value.ts';
import { type Atom, type ListType, type MapType, narrow, type ScalarType, typeOfKey } from './atom.ts';
import { depthError, MAX_DEPTH } from './depth.ts';
import { goSyntax, goType, goValue } from './go-format.ts';
import { elementOfItem } from './list-items.ts';
import { formatPathElement, type PathElement } from './path-element.ts';

/** What is wrong with a value, and where: `.spec.replicas`, `expected numeric (int or float), got string`. */
export interface TypeFault {
  readonly path: string;
  readonly message: string;
}

/**
 * Checks a value against its type: kinds of values, undeclared fields, list items without or with the same key, depth.
 * Returns what is wrong, in the value's own order; the messages are the API server's.
 *
 * @param allowsDuplicates stored objects may hold the same set member or list key twice; applied ones may not
 */
export function checkType(value: unknown, atom: Atom, allowsDuplicates: boolean): TypeFault[] {
  const walk = new TypeWalk(allowsDuplicates);
  walk.visit(value, atom);
  return walk.faults;
}

/** The faults in one text, as the API server joins them. */
export function formatFaults(faults: readonly TypeFault[]): string {
  const lines = faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return lines.length === 1 ? (lines[0] ?? '') : ['errors:', ...lines.map((line) => `  ${line}`)].join('\n');
}

class TypeWalk {
  readonly faults: TypeFault[] = [];
  private readonly allowsDuplicates: boolean;
  /** Keys, positions and elements on the way down; made into text only for a fault. */
  private readonly path: (string | number | PathElement)[] = [];

  constructor(allowsDuplicates: boolean) {
    this.allowsDuplicates = allowsDuplicates;
  }

  visit(value: unknown, atom: Atom): void {
    if (this.path.length > MAX_DEPTH) {
      this.faults.push({ path: '', message: depthError('the object') });
      return;
    }
    const { map, scalar, list } = narrow(atom, value);
    if (map !== undefined) this.visitMap(value, map);
    else if (scalar !== undefined) this.report(scalarFault(scalar, value));
    else if (list !== undefined) this.visitList(value, list);
  }

  private visitMap(value: unknown, map: MapType): void {
    if (value === null) return;
    if (!isJsonObject(value)) {
      this.report(`expected map, got &{${goValue(value)}}`);
      return;
    }
    for (const key of Object.keys(value)) {
      const type = typeOfKey(map, key);
      this.path.push(key);
      if (type !== undefined) this.visit(value[key], type);
      else this.report('field not declared in schema');
      this.path.pop();
      // The API server looks no further in a map with an undeclared field.
      if (type === undefined) return;
    }
  }

  private visitList(value: unknown, list: ListType): void {
    if (value === null) return;
    if (!isJsonArray(value)) {
      this.report(`expected list, got &{${goValue(value)}}`);
      return;
    }
    const seen = new Set<string>();
    const type = list.element();
    for (let i = 0; i < value.length; i++) {
      const element = list.isAtomic ? i : elementOfItem(list, value[i]);
      if (typeof element === 'string') {
        this.report(`element ${i}: ${element}`);
        return;
      }
      if (typeof element !== 'number' && !this.allowsDuplicates) {
        if (seen.has(element.wire)) this.report(`duplicate entries for key ${formatPathElement(element)}`);
        seen.add(element.wire);
      }
      this.path.push(element);
      this.visit(value[i], type);
      this.path.pop();
    }
  }

  private report(message: string | undefined): void {
    if (message !== undefined) this.faults.push({ path: this.path.map(formatStep).join(''), message });
  }
}

function formatStep(step: string | number | PathElement): string {
  if (typeof step === 'string') return `.${step}`;
  return typeof step === 'number' ? `[${step}]` : formatPathElement(step);
}

function scalarFault(scalar: ScalarType, value: unknown): string | undefined {
  if (value === null) return undefined;
  switch (scalar) {
    case 'numeric':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
      return typeof value === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goValue(value)}}`;
    case 'untyped':
      return typeof value === 'object' ? `expected any scalar, got &{${goValue(value)}}` : undefined;
  }
}
