import {
  FLOW,
  FOLDED,
  MAP,
  QUOTED_OR_BLOCK,
  SCALAR,
  TAG_NONE,
  TAG_STRING,
  TAGGED,
  type YamlNode,
} from '../yaml/node.ts';
import { decodeTagged, resolvePlain, type ScalarValue } from '../yaml/scalars.ts';
import { EmitError } from './error.ts';
import { refold } from './refold.ts';
import { canBePlain } from './scalar-text.ts';

/**
 * What a scalar is once it has been written and read again, as kustomize does before it prints: the text decides,
 * unless quotes or a tag do.
 *
 * @throws EmitError for a text that does not fit the node's type, as a replacement can leave behind.
 */
export function scalarValue(node: YamlNode, inFlow: boolean): ScalarValue {
  const { tag } = node;
  const value = (node.style & FOLDED) !== 0 && !inFlow ? refold(node.value) : node.value;
  if (tag === TAG_STRING) return value;
  const quoted = (node.style & QUOTED_OR_BLOCK) !== 0 || value.includes('\n');
  if (tag === TAG_NONE) {
    if (quoted) return value;
    if (value === '') return inFlow ? '' : null;
    return canBePlain(value, inFlow) ? resolved(value) : value;
  }
  if ((node.style & TAGGED) === 0) {
    const [actual, parsed] = resolvePlain(value, 'core');
    if (actual === tag) {
      if (quoted || (value === '' && inFlow)) return value;
      return parsed;
    }
  }
  const decoded = decodeTagged(tag, value);
  if ('error' in decoded) throw new EmitError(decoded.error, node);
  return decoded.value;
}

function resolved(value: string): ScalarValue {
  const [tag, parsed] = resolvePlain(value, 'core');
  return tag === TAG_STRING ? value : parsed;
}

/** A value of plain JavaScript; integers beyond 2^53 become doubles. Fresh: shares nothing with the node. */
export function toValue(node: YamlNode, inFlow = false): unknown {
  if (node.kind === SCALAR) {
    const value = scalarValue(node, inFlow);
    return typeof value === 'bigint' ? Number(value) : checked(value, node);
  }
  const flow = inFlow || (node.style & FLOW) !== 0;
  if (node.kind !== MAP) return node.items.map((item) => toValue(item, flow));
  const result: Record<string, unknown> = {};
  for (let i = 0; i < node.keys.length; i++) {
    const key = node.keys[i] as string;
    const value = toValue(node.items[i] as YamlNode, flow);
    if (key === '__proto__') Object.defineProperty(result, key, { value, ...OWN });
    else result[key] = value;
  }
  return result;
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;

function checked(value: ScalarValue, node: YamlNode): ScalarValue {
  if (typeof value === 'number' && !Number.isFinite(value)) throw notJson(node);
  return value;
}

export function notJson(node: YamlNode): EmitError {
  return new EmitError(`${node.value} has no place in JSON`, node);
}
