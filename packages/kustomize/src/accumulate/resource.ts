import { setField, textAt } from '../yaml/edit.ts';
import { FieldError } from '../yaml/field-error.ts';
import { isEmpty, isNull, MAP, mapNode, SCALAR, stringNode, TAG_NULL, untyped, type YamlNode } from '../yaml/node.ts';
import { BuildHistory } from './history.ts';
import { type ClusterScope, isClusterScoped } from './scope.ts';

/** The namespace of objects that have none because of their kind. */
export const NO_NAMESPACE = '_non_namespaceable_';
export const NEEDS_HASH_ANNOTATION = 'internal.config.kubernetes.io/needsHashSuffix';

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What identifies an object in a build. Empty parts mean "none". */
export interface ResourceId extends Gvk {
  readonly name: string;
  /** As written: empty when the object has none. */
  readonly namespace: string;
  /** `default` for none, a marker for cluster-scoped kinds. */
  readonly effectiveNamespace: string;
}

export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function effectiveNamespace(namespace: string): string {
  return namespace === '' ? 'default' : namespace;
}

/** One text per identity: equal ids of kustomize give equal keys. */
export function idKey(id: ResourceId): string {
  return `${id.group}\n${id.version}\n${id.kind}\n${id.effectiveNamespace}\n${id.name}`;
}

/** `Deployment prod/web`, as people name objects. */
export function describeId(id: { kind: string; name: string; namespace: string }): string {
  return `${id.kind} ${id.namespace === '' ? '' : `${id.namespace}/`}${id.name}`;
}

/** An object of a build: its nodes, where it came from, and who it was. */
export class Resource {
  node: YamlNode;
  /** File it was read from; undefined for generated objects. */
  readonly file: string | undefined;
  /** Which kinds have no namespace, in the build that the object is part of. */
  readonly scopes: ClusterScope;
  /** Names of the vars that read from this object. */
  varNames: string[] = [];
  /** A patch deleted it. */
  deleted = false;

  constructor(node: YamlNode, file?: string, scopes: ClusterScope = isClusterScoped) {
    this.node = node;
    this.file = file;
    this.scopes = scopes;
  }

  get kind(): string {
    return this.node.get('kind')?.value ?? '';
  }

  get apiVersion(): string {
    return this.node.get('apiVersion')?.value ?? '';
  }

  get gvk(): Gvk {
    return { ...parseApiVersion(this.apiVersion), kind: this.kind };
  }

  get metadata(): YamlNode | undefined {
    const node = this.node.get('metadata');
    return isEmpty(node) ? undefined : node;
  }

  get name(): string {
    return this.metadataText('name');
  }

  get namespace(): string {
    return this.metadataText('namespace');
  }

  private metadataText(field: string): string {
    const metadata = this.metadata;
    return metadata?.kind === MAP ? textAt(metadata, field) : '';
  }

  get isClusterScoped(): boolean {
    return this.scopes(this.apiVersion, this.kind);
  }

  get id(): ResourceId {
    const { namespace } = this;
    return {
      ...this.gvk,
      name: this.name,
      namespace,
      effectiveNamespace: this.isClusterScoped ? NO_NAMESPACE : effectiveNamespace(namespace),
    };
  }

  /** Who the object was before each rename, the oldest first, with its present group and version. */
  get previousIds(): ResourceId[] {
    const previous = this.history?.previous;
    if (previous === undefined || previous.length === 0) return [];
    const { group, version } = this.gvk;
    return previous.map((p) => ({
      group,
      version,
      kind: p.kind,
      name: p.name,
      namespace: p.namespace,
      effectiveNamespace: effectiveNamespace(p.namespace),
    }));
  }

  get originalId(): ResourceId {
    return this.previousIds[0] ?? this.id;
  }

  get history(): BuildHistory | undefined {
    return this.annotations?.history;
  }

  get annotations(): YamlNode | undefined {
    return this.node.get('metadata')?.get('annotations');
  }

  /** The history, begun where there is none. */
  remember(): BuildHistory {
    const annotations = this.annotationsMap();
    annotations.history ??= new BuildHistory();
    return annotations.history;
  }

  private annotationsMap(): YamlNode {
    let metadata = this.node.get('metadata');
    if (metadata === undefined || metadata.kind !== MAP) {
      metadata = mapNode();
      this.node.set('metadata', metadata);
    }
    const existing = metadata.get('annotations');
    if (existing !== undefined && existing.kind === MAP) return existing;
    if (existing !== undefined && !isEmpty(existing)) {
      throw new FieldError('metadata.annotations must be a map', existing);
    }
    const annotations = mapNode();
    metadata.set('annotations', annotations);
    return annotations;
  }

  storePreviousId(): void {
    const { name, effectiveNamespace: namespace, kind } = this.id;
    this.remember().previous.push({ name, namespace, kind });
  }

  get needsHash(): boolean {
    const annotations = this.annotations;
    if (annotations?.history?.needsHash === true) return true;
    return annotations?.get(NEEDS_HASH_ANNOTATION)?.value === 'enabled';
  }

  setName(name: string): void {
    this.setMetadata('name', untyped(name));
  }

  /** An empty namespace removes the field. */
  setNamespace(namespace: string): void {
    if (namespace !== '') this.setMetadata('namespace', untyped(namespace));
    else this.node.get('metadata')?.delete('namespace');
  }

  private setMetadata(field: string, value: YamlNode): void {
    const metadata = this.node.get('metadata');
    if (metadata === undefined) {
      const created = mapNode();
      this.node.append('metadata', created);
      setField(created, field, value);
    } else setField(metadata, field, value);
  }

  /** Labels or annotations as text, duplicates resolved to the last. */
  metadataMap(field: 'labels' | 'annotations'): Map<string, string> {
    const result = new Map<string, string>();
    const map = this.metadata?.get(field);
    if (map === undefined || map.kind === SCALAR) return result;
    if (map.kind !== MAP) throw new FieldError(`metadata.${field} must be a map`, map);
    for (let i = 0; i < map.keys.length; i++) result.set(map.keys[i] as string, map.items[i]?.value ?? '');
    return result;
  }

  /** Replaces labels or annotations; every value becomes a string. Without entries the field goes. */
  setMetadataMap(field: 'labels' | 'annotations', entries: ReadonlyMap<string, string>): void {
    let metadata = this.node.get('metadata');
    if (metadata === undefined) {
      metadata = mapNode();
      this.node.append('metadata', metadata);
    }
    if (isNull(metadata) || metadata.kind !== MAP) return;
    const history = field === 'annotations' ? metadata.get(field)?.history : undefined;
    metadata.delete(field);
    if (entries.size === 0 && history === undefined) return;
    const map = mapNode();
    map.history = history;
    for (const [key, value] of [...entries].sort(byKey)) setField(map, key, stringNode(value));
    metadata.append(field, map);
  }

  describe(): string {
    return describeId(this);
  }

  get isGone(): boolean {
    return this.deleted || this.node.tag === TAG_NULL || (this.node.kind === MAP && this.node.items.length === 0);
  }
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
