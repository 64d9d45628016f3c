import type { Random } from '../support/random.ts';
import { randomFrom } from '../support/random.ts';
import { type JsonObject, MAKERS, pickData, pickKey, pickLabels, pickName, pickText, podSpec } from './objects.ts';
import { printYaml } from './print-yaml.ts';
import type { Json } from './shrink-json.ts';

/** A tree before it is text: folders with their kustomization, files with their objects. */
export interface RandomTree {
  readonly [key: string]: Json;
  readonly layers: { readonly [directory: string]: JsonObject };
  readonly documents: { readonly [path: string]: readonly JsonObject[] };
  /** How it is printed. */
  readonly style: number;
  readonly path: string;
}

export function filesOf({ layers, documents, style }: RandomTree): Record<string, string> {
  const random = randomFrom(style);
  const files: Record<string, string> = {};
  for (const [directory, kustomization] of Object.entries(layers ?? {})) {
    files[`${directory}/kustomization.yaml`] = printYaml(kustomization, random);
  }
  for (const [path, objects] of Object.entries(documents ?? {})) {
    files[path] = objects.map((object) => printYaml(object, random)).join('---\n');
  }
  return files;
}

interface Known {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly object: JsonObject;
}

class TreeMaker {
  readonly layers: Record<string, JsonObject> = {};
  readonly documents: Record<string, readonly JsonObject[]> = {};
  private readonly random: Random;
  private readonly used = new Set<string>();

  constructor(random: Random) {
    this.random = random;
  }

  /** A folder of objects; returns what an overlay can say something about. */
  base(directory: string): Known[] {
    const known: Known[] = [];
    const files: string[] = [];
    for (let i = 0; i <= this.random.below(3); i++) {
      const objects = this.objects(1 + this.random.below(4), known);
      if (objects.length === 0) continue;
      files.push(`f${i}.yaml`);
      this.documents[`${directory}/f${i}.yaml`] = objects;
    }
    this.layers[directory] = { resources: files, ...this.fields(known, 0.25) };
    return known;
  }

  private objects(count: number, known: Known[]): JsonObject[] {
    const objects: JsonObject[] = [];
    for (let i = 0; i < count; i++) {
      const kind = this.random.pick(Object.keys(MAKERS));
      const name = pickName(this.random);
      if (this.used.has(`${kind}/${name}`)) continue;
      this.used.add(`${kind}/${name}`);
      const object = MAKERS[kind]?.(this.random, name) ?? {};
      objects.push(object);
      known.push({
        apiVersion: String(object['apiVersion']),
        kind,
        name: String((object['metadata'] as JsonObject)['name']),
        object,
      });
    }
    return objects;
  }

  overlay(directory: string, bases: readonly string[], known: Known[]): void {
    const { random } = this;
    const resources = bases.map((base) => `../${base}`);
    const own = random.chance(0.4) ? this.objects(2, known) : [];
    if (own.length > 0) {
      this.documents[`${directory}/own.yaml`] = own;
      resources.push('own.yaml');
    }
    const components: string[] = [];
    while (random.chance(0.25) && components.length < 2)
      components.push(this.component(`${directory}-c${components.length}`, known));
    this.layers[directory] = {
      resources: random.shuffle(resources),
      ...(components.length === 0 ? {} : { components: components.map((each) => `../${each}`) }),
      ...this.fields(known, 0.35),
    };
  }

  private component(directory: string, known: Known[]): string {
    const own = this.random.chance(0.4) ? this.objects(1, known) : [];
    if (own.length > 0) this.documents[`${directory}/own.yaml`] = own;
    this.layers[directory] = {
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      ...(own.length === 0 ? {} : { resources: ['own.yaml'] }),
      ...this.fields(known, 0.2),
    };
    return directory;
  }

  /** Fields of a kustomization, each with the given chance, in random order. */
  private fields(known: readonly Known[], chance: number): JsonObject {
    const { random } = this;
    const make: Record<string, () => Json | undefined> = {
      namespace: () => random.pick(['prod', 'dev', 'default']),
      namePrefix: () => random.pick(['p-', 'x-', 'team-']),
      nameSuffix: () => random.pick(['-s', '-v2']),
      commonLabels: () => (random.chance(0.5) ? pickLabels(random) : undefined),
      labels: () => [
        {
          pairs: pickLabels(random),
          ...(random.chance(0.4) ? { includeSelectors: true } : {}),
          ...(random.chance(0.3) ? { includeTemplates: true } : {}),
        },
      ],
      commonAnnotations: () => ({ note: pickText(random), owner: 'team' }),
      images: () => [
        {
          name: random.pick(['nginx', 'busybox', 'localhost:5000/proxy', 'registry.example.com/team/app']),
          ...(random.chance(0.5) ? { newName: 'mirror.example.com/x' } : {}),
          ...(random.chance(0.5) ? { newTag: random.pick(['2', 'v3', '1.27-alpine']) } : {}),
          ...(random.chance(0.2) ? { digest: 'sha256:abcd' } : {}),
        },
      ],
      replicas: () => this.replicas(known),
      configMapGenerator: () => this.generators('ConfigMap'),
      secretGenerator: () => this.generators('Secret'),
      generatorOptions: () => ({
        ...(random.chance(0.4) ? { disableNameSuffixHash: true } : {}),
        ...(random.chance(0.5) ? { labels: { gen: 'yes' } } : {}),
        ...(random.chance(0.2) ? { immutable: true } : {}),
      }),
      patches: () => this.patches(known),
      patchesStrategicMerge: () => (random.chance(0.3) ? this.merges(known) : undefined),
      patchesJson6902: () => (random.chance(0.3) ? this.jsonPatches(known) : undefined),
      replacements: () => this.replacements(known),
      sortOptions: () => (random.chance(0.3) ? { order: random.pick(['fifo', 'legacy']) } : undefined),
      buildMetadata: () =>
        random.chance(0.2) ? random.some(['originAnnotations', 'transformerAnnotations'], 0.6) : undefined,
    };
    const result: Record<string, Json> = {};
    for (const [field, value] of random.shuffle(Object.entries(make))) {
      if (!random.chance(chance)) continue;
      const made = value();
      if (made !== undefined) result[field] = made;
    }
    return result;
  }

  private replicas(known: readonly Known[]): Json | undefined {
    const scaled = known.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
    return scaled.length === 0 ? undefined : [{ name: this.random.pick(scaled).name, count: this.random.below(9) }];
  }

  private generators(kind: string): Json {
    const { random } = this;
    const name = pickName(random);
    const exists = this.used.has(`${kind}/${name}`);
    this.used.add(`${kind}/${name}`);
    const literals = Object.entries(pickData(random)).map(([key, value]) => `${key}=${value}`);
    return [
      {
        name,
        ...(literals.length === 0 ? {} : { literals }),
        ...(exists
          ? { behavior: random.pick(['merge', 'replace']) }
          : random.chance(0.1)
            ? { behavior: 'create' }
            : {}),
        ...(random.chance(0.2)
          ? {
              options: {
                ...(random.chance(0.5) ? { disableNameSuffixHash: true } : {}),
                annotations: { made: 'here' },
              },
            }
          : {}),
      },
    ];
  }

  private patches(known: readonly Known[]): Json | undefined {
    const { random } = this;
    if (known.length === 0) return undefined;
    return Array.from({ length: 1 + random.below(2) }, (): Json => {
      const target = random.pick(known);
      if (random.chance(0.4)) return { target: this.target(target), patch: this.operations(target) };
      return {
        ...(random.chance(0.3) ? { target: this.target(target) } : {}),
        patch: printYaml(this.merge(target), random),
      };
    });
  }

  private merges(known: readonly Known[]): Json | undefined {
    if (known.length === 0) return undefined;
    return [printYaml(this.merge(this.random.pick(known)), this.random)];
  }

  private jsonPatches(known: readonly Known[]): Json | undefined {
    if (known.length === 0) return undefined;
    const { apiVersion, kind, name, object } = this.random.pick(known);
    const [version = '', group] = apiVersion.split('/').reverse();
    return [
      {
        target: { ...(group === undefined ? {} : { group }), version, kind, name: `.*${name}.*` },
        patch: this.operations({ apiVersion, kind, name, object }),
      },
    ];
  }

  private target({ kind, name }: Known): Json {
    const { random } = this;
    switch (random.below(5)) {
      case 0:
        return { kind };
      case 1:
        return { kind, name };
      case 2:
        return { kind: `${kind.slice(0, 3)}.*` };
      case 3:
        return { labelSelector: random.pick(['app=web', 'tier in (front, back)', '!version', 'app']) };
      default:
        return { name: `.*${name.slice(1)}`, kind };
    }
  }

  private operations({ kind, object }: Known): string {
    const { random } = this;
    const operations: Json[] = [{ op: 'add', path: '/metadata/annotations', value: { patched: pickText(random) } }];
    if (random.chance(0.5)) operations.push({ op: 'add', path: '/metadata/annotations/more', value: pickText(random) });
    if (random.chance(0.3))
      operations.push({ op: 'copy', from: '/metadata/name', path: '/metadata/annotations/copied' });
    if (random.chance(0.3))
      operations.push({
        op: 'add',
        path: `/extra`,
        value: { a: random.pick<Json>([1, 1.5, 'yes', null, true, [1, { b: 2 }]]) },
      });
    if (Object.hasOwn(object, 'data') && random.chance(0.5)) operations.push({ op: 'remove', path: '/data' });
    if (kind === 'Deployment' && random.chance(0.5))
      operations.push({ op: 'replace', path: '/spec/template/spec/containers', value: [] });
    if (random.chance(0.1)) operations.push({ op: 'replace', path: '/metadata/name', value: 'renamed' });
    return random.chance(0.5) ? JSON.stringify(operations) : printYaml(operations, random);
  }

  /** A strategic merge that changes some of what the object has and adds some of its own. */
  private merge({ apiVersion, kind, name, object }: Known): JsonObject {
    const { random } = this;
    const head = { apiVersion, kind, metadata: { name } };
    if (random.chance(0.05)) return { ...head, $patch: 'delete' };
    const rest: Record<string, Json> = {};
    for (const [field, value] of Object.entries(object)) {
      if (field === 'apiVersion' || field === 'kind' || field === 'metadata') continue;
      if (random.chance(0.7)) rest[field] = this.changed(value, 0);
    }
    const { template } = (object['spec'] ?? {}) as { template?: Json };
    if (template !== undefined && random.chance(0.3)) rest['spec'] = { template: { spec: podSpec(random) } };
    const labels = random.chance(0.3)
      ? { labels: { ...pickLabels(random), ...(random.chance(0.3) ? { app: null } : {}) } }
      : {};
    return { ...head, metadata: { name, ...labels }, ...rest };
  }

  private changed(value: Json, depth: number): Json {
    const { random } = this;
    if (Array.isArray(value)) {
      const items = (value as readonly Json[])
        .filter(() => random.chance(0.6))
        .map((item) => this.changed(item, depth + 1));
      if (random.chance(0.1))
        items.push(random.pick<Json>([{ name: 'added', value: 'x' }, { $patch: 'replace' }, 'text']));
      return random.shuffle(items);
    }
    if (typeof value !== 'object' || value === null) return random.pick<Json>([value, pickText(random), 7, true]);
    const result: Record<string, Json> = {};
    for (const [key, item] of Object.entries(value)) {
      const isKey = [
        'name',
        'kind',
        'apiGroup',
        'apiVersion',
        'containerPort',
        'port',
        'protocol',
        'ip',
        'mountPath',
        'key',
        'topologyKey',
      ].includes(key);
      if (isKey && typeof item !== 'object') result[key] = item;
      else if (random.chance(0.15)) result[key] = null;
      else if (random.chance(0.6)) result[key] = this.changed(item, depth + 1);
    }
    if (random.chance(0.1)) result[pickKey(random)] = pickText(random);
    if (random.chance(0.05)) result['$patch'] = random.pick(['delete', 'replace', 'merge']);
    return result;
  }

  private replacements(known: readonly Known[]): Json | undefined {
    const { random } = this;
    if (known.length === 0) return undefined;
    const source = random.pick(known);
    const target = random.pick(known);
    return [
      {
        source: {
          kind: source.kind,
          name: source.name,
          ...(random.chance(0.3) ? { fieldPath: 'metadata.labels.app' } : {}),
          ...(random.chance(0.2) ? { options: { delimiter: '-', index: 0 } } : {}),
        },
        targets: [
          {
            select: random.pick<Json>([
              { kind: target.kind },
              { name: target.name },
              { kind: target.kind, name: target.name },
            ]),
            fieldPaths: [
              random.pick([
                'metadata.annotations.[example.com/from]',
                'metadata.labels.from',
                'spec.template.metadata.labels.from',
                'spec.template.spec.containers.*.image',
                'spec.template.spec.containers.[name=main].env.[name=MODE].value',
                'data.a',
              ]),
            ],
            options: {
              create: random.chance(0.8),
              ...(random.chance(0.2) ? { delimiter: ':', index: random.below(3) - 1 } : {}),
            },
          },
        ],
      },
    ];
  }
}

/** A base or two, overlays over them, components beside them. */
export function randomTree(random: Random): RandomTree {
  const maker = new TreeMaker(random);
  const known = maker.base('base');
  let path = 'base';
  const bases = ['base'];
  if (random.chance(0.3)) {
    known.push(...maker.base('second'));
    bases.push('second');
  }
  let below: readonly string[] = bases;
  for (let i = bases.length > 1 ? -1 : 0; i < random.below(3); i++) {
    path = `overlay${i + 1}`;
    maker.overlay(path, below, known);
    below = [path];
  }
  return { layers: maker.layers, documents: maker.documents, style: random.below(2 ** 31), path };
}
