import type { ObjectSet } from '../accumulate/object-set.ts';
import type { ImageEntry } from '../load/kustomization.ts';
import { compilePattern, type Pattern } from '../pattern/pattern.ts';
import { requireKind, setScalar } from '../yaml/edit.ts';
import { LIST, MAP, SCALAR, untyped, type YamlNode } from '../yaml/node.ts';
import { applySpecs } from './apply-spec.ts';
import type { CompiledSpec } from './field-specs.ts';

/** The parts of an image reference. */
interface ImageName {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

/** Takes an image reference apart; colons of a registry's port are part of the name. */
export function splitImage(image: string): ImageName {
  const slash = image.indexOf('/');
  const from = slash > 0 ? slash : 0;
  const at = image.indexOf('@', from);
  const colon = image.indexOf(':', from);
  if (at < 0 && colon < 0) return { name: image, tag: '', digest: '' };
  if (at >= 0 && (colon < 0 || at < colon)) return { name: image.slice(0, at), tag: '', digest: image.slice(at + 1) };
  if (at >= 0) {
    return { name: image.slice(0, colon), tag: image.slice(colon + 1, at), digest: image.slice(at + 1) };
  }
  return { name: image.slice(0, colon), tag: image.slice(colon + 1), digest: '' };
}

/** The image with what an entry of `images` says about it. */
export function changeImage(image: string, entry: ImageEntry): string {
  let { name, tag, digest } = splitImage(image);
  const { newName = '', newTag = '', digest: newDigest = '', tagSuffix = '' } = entry;
  if (newName !== '') name = newName;
  if (newTag !== '' || newDigest !== '') {
    tag = newTag;
    digest = newDigest;
  } else if (tagSuffix !== '') {
    tag += tagSuffix;
    digest = '';
  }
  return name + (tag === '' ? '' : `:${tag}`) + (digest === '' ? '' : `@${digest}`);
}

/** Matches images of an entry. The name is a regular expression in all but name: kustomize does not escape it. */
function imagePattern(name: string, maxLength: number): Pattern {
  return compilePattern(`^${name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`, maxLength);
}

/**
 * Changes images in any list called containers or initContainers, then in the fields that the specs name. Both steps
 * see the result of the step before: a tag suffix is added twice, as kustomize does.
 *
 * @throws PatternError when the entry's name is no valid regular expression.
 */
export function setImage(
  set: ObjectSet,
  entry: ImageEntry,
  specs: readonly CompiledSpec[],
  maxPatternLength: number,
): void {
  const pattern = imagePattern(entry.name ?? '', maxPatternLength);
  const update = (node: YamlNode): void => {
    requireKind(node, SCALAR);
    if (pattern.matches(node.value)) setScalar(node, untyped(changeImage(node.value, entry)));
  };
  const resources = set.all.filter((r) => r.kind !== 'CustomResourceDefinition');
  for (const { node } of resources) updateContainers(node, update);
  for (const { node, gvk } of resources) {
    applySpecs(node, gvk, specs, { setValue: update });
  }
}

function updateContainers(node: YamlNode, update: (image: YamlNode) => void): void {
  if (node.kind === SCALAR) return;
  for (let i = 0; i < node.items.length; i++) {
    const item = node.items[i] as YamlNode;
    updateContainers(item, update);
    if (node.kind !== MAP || item.kind !== LIST) continue;
    const key = node.keys[i];
    if (key === 'containers' || key === 'initContainers') updateList(item, update);
  }
}

function updateList(list: YamlNode, update: (image: YamlNode) => void): void {
  for (const container of list.items) {
    requireKind(container, MAP);
    const image = container.get('image');
    if (image !== undefined) update(image);
  }
}
