type Values = Readonly<Record<string, unknown>>;

const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const ADDRESS = /\b10\.\d+\.\d+\.\d+\b/g;
/** Fields whose values a cluster picks. */
const PICKED = new Set(['resourceVersion', 'nodePort', 'healthCheckNodePort', 'time']);

/** An answer of a cluster, without what no two clusters share: names, times, picked values, orders. */
export function comparable(value: unknown, name: string, key = ''): unknown {
  if (PICKED.has(key)) return `{${key}}`;
  if (typeof value === 'string') {
    return value.replaceAll(name, '{name}').replace(UID, '{uid}').replace(TIME, '{time}').replace(ADDRESS, '{ip}');
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item, name));
    // Owners stand in the order of their times, and the clusters are not equally fast.
    return key === 'managedFields' ? items.map((item) => JSON.stringify(item)).sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const plain = Object.fromEntries(fields.map(([field, each]) => [field, comparable(each, name, field)]));
  return plain['kind'] === 'Status' && plain['status'] === 'Failure' ? failure(plain) : plain;
}

/** A server names faults in no certain order, and some of them twice: then its message is nobody's promise. */
function failure({ code, reason, message, details }: Values): unknown {
  const causes = (details as { causes?: readonly unknown[] } | undefined)?.causes ?? [];
  const distinct = [...new Set(causes.map((cause) => withoutUnstable(JSON.stringify(cause))))].sort();
  return {
    code,
    reason,
    causes: distinct,
    ...(distinct.length > 1 ? {} : { message: withoutUnstable(String(message)) }),
  };
}

/**
 * A parser's grammar tells what it expected, a type that has no name is given one at random, and of several fields that a
 * schema does not know, one is named.
 */
function withoutUnstable(text: string): string {
  return withoutObject(text)
    .replace(/(typed patch object \([^)]*\)): .*field not declared in schema.*/s, '$1: field not declared')
    .replace(/Syntax error: [^\n]*?(?=\\n|\n|$)/g, 'Syntax error')
    .replace(/selfType\d+[^\s'"),\\]*|self\.[^\s'"),\\]*/g, 'self');
}

/**
 * Some refusals quote the whole object, tell an empty map of labels from none, which Go alone knows apart, or name the one
 * of several fields of a wrong type that Go happened to meet first.
 */
function withoutObject(text: string): string {
  return text
    .replace(/patch("?[:,].*?)Invalid value: .*\}\\*": /s, 'patch$1')
    .replace(/Invalid value: \\*"map\[.*\]\\*": /s, '')
    .replace(/cannot unmarshal .* of type [\w.[\]]*/, 'cannot unmarshal')
    .replace(/Invalid value: (?:null|\{\}): (?=`selector` does not match)/, '');
}
