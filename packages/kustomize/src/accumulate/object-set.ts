import { BuildError } from '../diagnostics/problem.ts';
import { describeId, idKey, type Resource, type ResourceId } from './resource.ts';

/**
 * The objects of a build in order. No two have the same id. Look-ups by id are constant time: the indexes are kept
 * while objects are added and rebuilt after a step that may have renamed some.
 */
export class ObjectSet {
  private list: Resource[] = [];
  private current: Map<string, Resource[]> | undefined;
  private any: Map<string, Resource[]> | undefined;

  get all(): readonly Resource[] {
    return this.list;
  }

  get size(): number {
    return this.list.length;
  }

  /** @throws BuildError when an object with that id is there already. */
  append(resource: Resource): void {
    const { id } = resource;
    const key = idKey(id);
    const index = this.currentIndex();
    const other = index.get(key)?.[0];
    if (other !== undefined) throw duplicate(resource, other, id);
    index.set(key, [resource]);
    if (this.any !== undefined) addAny(this.any, resource);
    this.list.push(resource);
  }

  appendAll(resources: Iterable<Resource>): void {
    for (const resource of resources) this.append(resource);
  }

  /** Puts an object in the place of another. */
  replace(old: Resource, resource: Resource): void {
    this.list[this.list.indexOf(old)] = resource;
    this.changed();
  }

  /** Drops what a patch deleted or emptied. */
  dropGone(): void {
    if (!this.list.some((r) => r.isGone)) return;
    this.list = this.list.filter((r) => !r.isGone);
    this.changed();
  }

  keep(wanted: (resource: Resource) => boolean): void {
    const kept = this.list.filter(wanted);
    if (kept.length === this.list.length) return;
    this.list = kept;
    this.changed();
  }

  reorder(sorted: Resource[]): void {
    this.list = sorted;
  }

  /** Says that names, namespaces or kinds may have changed. */
  changed(): void {
    this.current = undefined;
    this.any = undefined;
  }

  withId(id: ResourceId): readonly Resource[] {
    return this.currentIndex().get(idKey(id)) ?? [];
  }

  /** Objects that have the id or once had it. */
  withAnyId(id: ResourceId): readonly Resource[] {
    if (this.any === undefined) {
      this.any = new Map();
      for (const resource of this.list) if (!resource.isGone) addAny(this.any, resource);
    }
    return this.any.get(idKey(id)) ?? [];
  }

  /** @throws BuildError when two objects have come to share an id. */
  checkUnique(): void {
    for (const same of this.currentIndex().values()) {
      const [first, second] = same;
      if (first !== undefined && second !== undefined) throw duplicate(second, first, second.id);
    }
  }

  private currentIndex(): Map<string, Resource[]> {
    if (this.current === undefined) {
      this.current = new Map();
      for (const resource of this.list) push(this.current, idKey(resource.id), resource);
    }
    return this.current;
  }
}

function push(index: Map<string, Resource[]>, key: string, resource: Resource): void {
  const same = index.get(key);
  if (same === undefined) index.set(key, [resource]);
  else if (!same.includes(resource)) same.push(resource);
}

function addAny(index: Map<string, Resource[]>, resource: Resource): void {
  for (const id of resource.previousIds) push(index, idKey(id), resource);
  push(index, idKey(resource.id), resource);
}

function duplicate(resource: Resource, other: Resource, id: ResourceId): BuildError {
  const where = other.file === undefined ? '' : ` (the first is in ${other.file}, line ${other.node.line})`;
  return new BuildError({
    message: `two objects have the same identity ${describeId(id)}${where}`,
    object: describeId(id),
    ...(resource.file === undefined
      ? {}
      : { file: resource.file, line: resource.node.line, column: resource.node.column }),
    suggestion: 'remove one of them, or give one another name or namespace',
  });
}
