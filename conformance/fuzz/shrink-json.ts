/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The value with one part left out or made simpler, big parts first. */
export function* smallerJson(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    if (list.length > 2) {
      const half = Math.ceil(list.length / 2);
      yield list.slice(half);
      yield list.slice(0, half);
    }
    for (let i = 0; i < list.length; i++) yield list.toSpliced(i, 1);
    for (let i = 0; i < list.length; i++) {
      for (const smaller of smallerJson(list[i] as Json)) yield list.with(i, smaller);
    }
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value as { readonly [key: string]: Json });
    for (const [key] of entries) yield Object.fromEntries(entries.filter(([other]) => other !== key));
    for (const [key, item] of entries) {
      for (const smaller of smallerJson(item)) {
        yield Object.fromEntries(entries.map(([other, kept]) => [other, other === key ? smaller : kept]));
      }
    }
  } else if (typeof value === 'string' && value.length > 12) {
    yield value.slice(0, Math.ceil(value.length / 2));
  }
}
