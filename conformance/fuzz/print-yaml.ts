import type { Random } from '../support/random.ts';
import type { Json } from './shrink-json.ts';

/**
 * A value as YAML in the styles that people write: block and flow, plain and quoted, literal blocks, with comments here
 * and there. Reads back as the same value.
 */
export function printYaml(value: Json, random: Random): string {
  return block(value, 0, random);
}

const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const WORDS = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n', 'Y', 'N', 'True', 'False', 'Null']);

function scalar(value: Json, random: Random): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (PLAIN.test(value) && !WORDS.has(value) && random.chance(0.8)) return value;
  if (/^[ -~]*$/.test(value) && random.chance(0.5)) return `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value);
}

function isCollection(value: Json): value is readonly Json[] | { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}

function flow(value: Json, random: Random): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map((item) => flow(item, random)).join(', ')}]`;
  if (!isCollection(value)) return scalar(value, random);
  return `{${Object.entries(value)
    .map(([key, item]) => `${scalar(key, random)}: ${flow(item, random)}`)
    .join(', ')}}`;
}

function block(value: Json, indent: number, random: Random): string {
  const pad = ' '.repeat(indent);
  if (!isCollection(value) || Object.keys(value).length === 0) return `${pad}${flow(value, random)}\n`;
  let out = '';
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      const nested = isCollection(item) && Object.keys(item).length > 0 && random.chance(0.85);
      out += nested
        ? `${pad}- ${block(item, indent + 2, random).slice(indent + 2)}`
        : `${pad}- ${flow(item, random)}\n`;
    }
    return out;
  }
  for (const [key, item] of Object.entries(value)) {
    if (random.chance(0.02)) out += `${pad}# a comment\n`;
    out += `${pad}${scalar(key, random)}:${entry(item, indent, random)}`;
  }
  return out;
}

function entry(item: Json, indent: number, random: Random): string {
  if (isCollection(item) && Object.keys(item).length > 0) {
    if (random.chance(0.08)) return ` ${flow(item, random)}\n`;
    return `\n${block(item, Array.isArray(item) && random.chance(0.7) ? indent : indent + 2, random)}`;
  }
  if (typeof item === 'string' && /^[!-~][ -~]*(?:\n[!-~][ -~]*)+\n$/.test(item) && random.chance(0.8)) {
    const pad = ' '.repeat(indent + 2);
    return ` |\n${item
      .slice(0, -1)
      .split('\n')
      .map((line) => `${pad}${line}\n`)
      .join('')}`;
  }
  return ` ${flow(item, random)}${random.chance(0.02) ? ' # note' : ''}\n`;
}
