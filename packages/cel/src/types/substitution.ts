import { DYN, type Type } from './type.ts';

/** What stands for the type parameters that a check has met so far. */
export class Substitution {
  #bindings: ReadonlyMap<string, Type> = new Map();
  #fresh = 0;

  /** A parameter that nothing is known of. */
  fresh(): Type {
    return { kind: 'param', name: `_var${this.#fresh++}` };
  }

  /** A signature's own parameters, made different from those of every other use of it. */
  freshened(types: readonly Type[]): readonly Type[] {
    const names = new Map<string, Type>();
    const rename = (type: Type): Type => {
      if (type.kind !== 'param') return mapParts(type, rename);
      const known = names.get(type.name) ?? this.fresh();
      names.set(type.name, known);
      return known;
    };
    return types.map(rename);
  }

  /** All or none of the pairs: what was learnt from a pair that fits is forgotten when another does not. */
  areAssignable(from: readonly Type[], to: readonly Type[]): boolean {
    const before = this.#bindings;
    this.#bindings = new Map(before);
    if (from.length === to.length && from.every((type, index) => this.#fits(type, to[index] ?? DYN))) return true;
    this.#bindings = before;
    return false;
  }

  isAssignable(from: Type, to: Type): boolean {
    return this.areAssignable([from], [to]);
  }

  /** @param open what parameters become that nothing is known of. */
  resolve(type: Type, open?: Type): Type {
    if (type.kind !== 'param') return mapParts(type, (part) => this.resolve(part, open));
    const bound = this.#bindings.get(type.name);
    return bound === undefined ? (open ?? type) : this.resolve(bound, open);
  }

  #fits(from: Type, to: Type): boolean {
    if (to.kind === 'param') {
      const { fits, isKnown } = this.#bind(from, to);
      if (fits || isKnown) return fits;
    }
    if (from.kind === 'param') return this.#bind(to, from).fits;
    if (isOpen(from) || isOpen(to)) return true;
    if (from.kind === 'null') return to.kind === 'null' || isNullable(to);
    if (to.kind === 'null') return isNullable(from);
    if (from.kind === 'list') return to.kind === 'list' && this.#fits(from.element, to.element);
    if (from.kind === 'map')
      return to.kind === 'map' && this.#fits(from.key, to.key) && this.#fits(from.value, to.value);
    if (from.kind === 'optional') return to.kind === 'optional' && this.#fits(from.value, to.value);
    if (from.kind === 'object' || from.kind === 'opaque') return to.kind === from.kind && to.name === from.name;
    return from.kind === to.kind;
  }

  #bind(type: Type, param: Type & { readonly kind: 'param' }): { readonly fits: boolean; readonly isKnown: boolean } {
    if (type.kind === 'param' && type.name === param.name) return { fits: true, isKnown: true };
    const bound = this.#bindings.get(param.name);
    if (bound === undefined) {
      if (this.#mentions(type, param.name)) return { fits: false, isKnown: false };
      this.#set(param.name, type);
      return { fits: true, isKnown: false };
    }
    if (sameType(type, bound)) return { fits: true, isKnown: true };
    if (!this.#fits(type, bound)) return { fits: false, isKnown: true };
    const general = moreGeneral(type, bound);
    if (!this.#mentions(general, param.name)) this.#set(param.name, general);
    return { fits: true, isKnown: true };
  }

  #set(name: string, type: Type): void {
    (this.#bindings as Map<string, Type>).set(name, type);
  }

  #mentions(type: Type, name: string): boolean {
    if (type.kind === 'param') {
      if (type.name === name) return true;
      const bound = this.#bindings.get(type.name);
      return bound !== undefined && this.#mentions(bound, name);
    }
    let found = false;
    mapParts(type, (part) => {
      found ||= this.#mentions(part, name);
      return part;
    });
    return found;
  }
}

/** Null may stand where a message may. */
function isNullable({ kind }: Type): boolean {
  return kind === 'object' || kind === 'opaque' || kind === 'optional' || kind === 'duration' || kind === 'timestamp';
}

function isOpen({ kind }: Type): boolean {
  return kind === 'dyn' || kind === 'error';
}

/** The one of two types that holds more; the first when they hold the same. */
export function moreGeneral(a: Type, b: Type): Type {
  return isAsGeneral(a, b) ? a : b;
}

function isAsGeneral(a: Type, b: Type): boolean {
  if (isOpen(a) || a.kind === 'param') return true;
  if (isOpen(b) || b.kind === 'param') return false;
  if (a.kind === 'list') return b.kind === 'list' && isAsGeneral(a.element, b.element);
  if (a.kind === 'map') return b.kind === 'map' && isAsGeneral(a.key, b.key) && isAsGeneral(a.value, b.value);
  if (a.kind === 'optional') return b.kind === 'optional' && isAsGeneral(a.value, b.value);
  return a.kind === b.kind || b.kind === 'null';
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind === 'list') return b.kind === 'list' && sameType(a.element, b.element);
  if (a.kind === 'map') return b.kind === 'map' && sameType(a.key, b.key) && sameType(a.value, b.value);
  if (a.kind === 'optional') return b.kind === 'optional' && sameType(a.value, b.value);
  if (a.kind === 'type') return b.kind === 'type' && sameType(a.of, b.of);
  return a.kind === b.kind && ('name' in a ? a.name : '') === ('name' in b ? b.name : '');
}

function mapParts(type: Type, change: (part: Type) => Type): Type {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', element: change(type.element) };
    case 'map':
      return { kind: 'map', key: change(type.key), value: change(type.value) };
    case 'optional':
      return { kind: 'optional', value: change(type.value) };
    case 'type':
      return { kind: 'type', of: change(type.of) };
    default:
      return type;
  }
}
