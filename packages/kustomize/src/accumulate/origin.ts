import { keyText, stringText } from '../emit/scalar-text.ts';
import { readConfig, toPlain } from '../yaml/read-plain.ts';
import type { ObjectSet } from './object-set.ts';
import type { Resource } from './resource.ts';

export const ORIGIN = 'config.kubernetes.io/origin';
export const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations';

/** Where an object came from, or who changed it, as `buildMetadata` records it. */
export interface Origin {
  readonly path?: string;
  readonly configuredIn?: string;
  readonly configuredBy?: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name?: string;
    readonly namespace?: string;
  };
}

export function builtinOrigin(file: string, kind: string): Origin {
  return { configuredIn: file, configuredBy: { apiVersion: 'builtin', kind } };
}

export function originText(origin: Origin, lead = ''): string {
  const pad = ' '.repeat(lead.length);
  const line = (key: string, value: string, indent: string): string =>
    `${indent}${keyText(key, 0, 0).text}: ${stringText(value, 0, indent.length + 2)}\n`;
  let out = '';
  if (origin.path !== undefined && origin.path !== '') out += line('path', origin.path, pad);
  if (origin.configuredIn !== undefined) out += line('configuredIn', origin.configuredIn, pad);
  if (origin.configuredBy !== undefined) {
    out += `${pad}configuredBy:\n`;
    for (const [key, value] of Object.entries(origin.configuredBy)) {
      if (value !== undefined && value !== '') out += line(key, value, `${pad}  `);
    }
  }
  return lead + out.slice(lead.length);
}

export function setOrigin(resource: Resource, origin: Origin): void {
  const entries = resource.metadataMap('annotations');
  entries.set(ORIGIN, originText(origin));
  resource.setMetadataMap('annotations', entries);
}

/** Records a step on every object: as its origin where it has none, for the step must have made it. */
export function recordTransformation(set: ObjectSet, origin: Origin): void {
  for (const resource of set.all) {
    const entries = resource.metadataMap('annotations');
    if (!entries.has(ORIGIN)) {
      setOrigin(resource, origin);
      continue;
    }
    const before = entries.get(TRANSFORMATIONS) ?? '';
    entries.set(TRANSFORMATIONS, before + originText(origin, '- '));
    resource.setMetadataMap('annotations', entries);
  }
}

/** The path of an origin annotation. */
export function originPath(resource: Resource): string | undefined {
  const text = resource.metadataMap('annotations').get(ORIGIN);
  if (text === undefined) return undefined;
  const node = readConfig(text, { depth: 16, aliasNodes: 16 });
  const plain = node === undefined ? undefined : toPlain(node);
  const path = plain instanceof Map ? plain.get('path') : undefined;
  return typeof path === 'string' ? path : '';
}
