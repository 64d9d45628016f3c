/**
 * Writes what the local cluster knows of built-in kinds, as data: kinds from a real API server's discovery, schemas
 * from its OpenAPI v3 (without prose), and from Kubernetes' own Go types how each field is written when it is empty.
 *
 *   node tools/built-in-facts.ts KUBECONFIG [--check]
 *
 * With `--check` writes nothing, and fails with the names of the files that are not as the server has it.
 * The kubeconfig names a Kubernetes 1.35 (`conformance/real-cluster/real-cluster start DIR`). Needs kubectl and Go.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableClient } from './built-in-facts/table-client.ts';

type Facts = Record<string, unknown>;
/** Field name → how it is written, and its Go type. */
type Shape = Record<string, readonly [code: 'z' | 'p' | 'v' | 'o', goType: string]>;

const HERE = import.meta.dirname;
const DATA = join(HERE, '../packages/apiserver/src/builtin/data');
const GROUP_VERSIONS = [
  'v1',
  'admissionregistration.k8s.io/v1',
  'apiextensions.k8s.io/v1',
  'apiregistration.k8s.io/v1',
  'apps/v1',
  'authentication.k8s.io/v1',
  'authorization.k8s.io/v1',
  'autoscaling/v2',
  'autoscaling/v1',
  'batch/v1',
  'certificates.k8s.io/v1',
  'coordination.k8s.io/v1',
  'discovery.k8s.io/v1',
  'events.k8s.io/v1',
  'flowcontrol.apiserver.k8s.io/v1',
  'networking.k8s.io/v1',
  'node.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'resource.k8s.io/v1',
  'scheduling.k8s.io/v1',
  'storage.k8s.io/v1',
];
const REF = '#/components/schemas/';
const DROPPED = new Set(['description', 'x-kubernetes-group-version-kind', 'x-kubernetes-unions']);

const isFacts = (value: unknown): value is Facts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema without prose; `allOf` of one reference becomes the reference itself, beside its siblings. */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (!isFacts(value)) return value;
  const out: Facts = {};
  for (const [key, item] of Object.entries(value)) {
    if (DROPPED.has(key)) continue;
    if (key === 'properties' && isFacts(item)) {
      out[key] = Object.fromEntries(Object.entries(item).map(([name, schema]) => [name, compact(schema)]));
    } else if (key === '$ref' && typeof item === 'string') {
      out['$ref'] = item.slice(REF.length);
    } else if (key === 'allOf' && Array.isArray(item) && item.length === 1) {
      Object.assign(out, compact(item[0]));
    } else {
      out[key] = compact(item);
    }
  }
  return out;
}

/** `io.k8s.api.core.v1.Pod` → `core.v1`: the file a definition is kept in. */
function fileOf(definition: string): string {
  const words = definition.split('.');
  const [group = '', version = ''] = words.slice(-3, -1);
  return `${group}.${version}`;
}

function referencesOf(schema: unknown, into: Set<string>): void {
  if (Array.isArray(schema)) for (const item of schema) referencesOf(item, into);
  if (!isFacts(schema)) return;
  for (const [key, item] of Object.entries(schema)) {
    if (key === '$ref' && typeof item === 'string') into.add(item);
    else referencesOf(item, into);
  }
}

function parse(text: string): Facts {
  const value: unknown = JSON.parse(text);
  if (!isFacts(value)) throw new Error('expected a JSON object');
  return value;
}

function main(kubeconfig: string, check: boolean): void {
  const get = (path: string): Facts =>
    parse(
      execFileSync('kubectl', ['--kubeconfig', kubeconfig, 'get', '--raw', path], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      }),
    );
  const shapes = parse(
    execFileSync('go', ['run', '.'], { cwd: join(HERE, 'built-in-facts'), encoding: 'utf8', maxBuffer: 1 << 26 }),
  ) as Record<string, Shape>;

  const { groups, definitions } = readGroups(get);
  const files = new Map(
    [
      ['kinds', groups],
      ['tables', columnsOf(kubeconfig, groups)],
      ['roles', rolesOf(get)],
      ...filesOf(groups, definitions, shapes),
    ].map(([name, content]) => [`${name}.generated.json`, `${JSON.stringify(content)}\n`]),
  );
  const present = readdirSync(DATA).filter((file) => file.endsWith('.generated.json'));
  const stale = [
    ...present.filter((file) => !files.has(file)),
    ...[...files]
      .filter(([file, text]) => !present.includes(file) || readFileSync(join(DATA, file), 'utf8') !== text)
      .map(([file]) => file),
  ];
  if (check) {
    for (const file of stale) console.error(`not as the server has it: ${file}`);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  for (const file of present) rmSync(join(DATA, file));
  for (const [file, text] of files) writeFileSync(join(DATA, file), text);
}

/** Roles that people bind, those that make them up, and what everybody gets; none of a control plane's own. */
const ROLES =
  /^(?:admin|cluster-admin|edit|view|system:aggregate-to-.*|system:basic-user|system:discovery|system:public-info-viewer|system:service-account-issuer-discovery)$/;

/** The roles and bindings that every cluster begins with. */
function rolesOf(get: (path: string) => Facts): readonly Facts[] {
  const api = '/apis/rbac.authorization.k8s.io/v1';
  const items = (kind: string, path: string): Facts[] =>
    (get(`${api}/${path}`)['items'] as readonly Facts[]).map((item) => ({ ...item, kind }));
  return [...items('ClusterRole', 'clusterroles'), ...items('ClusterRoleBinding', 'clusterrolebindings')]
    .filter(({ metadata }) => isFacts(metadata) && ROLES.test(String(metadata['name'])))
    .map(({ kind, metadata, rules, aggregationRule, roleRef, subjects }) => {
      const { name, labels, annotations } = metadata as Facts;
      return { kind, metadata: { name, labels, annotations }, aggregationRule, rules, roleRef, subjects };
    });
}

function readGroups(get: (path: string) => Facts): { groups: Facts[]; definitions: Map<string, Facts> } {
  const definitions = new Map<string, Facts>();
  const groups: Facts[] = [];
  for (const groupVersion of GROUP_VERSIONS) {
    const path = groupVersion === 'v1' ? 'api/v1' : `apis/${groupVersion}`;
    const components = get(`/openapi/v3/${path}`)['components'];
    const schemas = isFacts(components) && isFacts(components['schemas']) ? components['schemas'] : {};
    const byKind = new Map<string, string>();
    for (const [name, schema] of Object.entries(schemas)) {
      if (!isFacts(schema)) continue;
      definitions.set(name, compact(schema) as Facts);
      const kinds = schema['x-kubernetes-group-version-kind'];
      for (const gvk of Array.isArray(kinds) ? kinds : []) {
        const own = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
        byKind.set(`${own}/${gvk.kind}`, name);
      }
    }
    const resources = get(`/${path}`)['resources'];
    groups.push({ groupVersion, resources: resourcesOf(groupVersion, resources as readonly Facts[], byKind) });
  }

  return { groups, definitions };
}

/** Discovery's resources, their subresources folded in, each with the definition that describes it. */
function resourcesOf(
  groupVersion: string,
  resources: readonly Facts[],
  byKind: ReadonlyMap<string, string>,
): readonly Facts[] {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  const main = new Map<string, Facts>();
  for (const resource of resources) {
    const [name = '', subresource] = String(resource['name']).split('/');
    const ownGroup = resource['group'] ?? group;
    const ownVersion = resource['version'] ?? version;
    const apiVersion = ownGroup === '' ? ownVersion : `${ownGroup}/${ownVersion}`;
    const kind = {
      kind: resource['kind'],
      ...(apiVersion === groupVersion ? {} : { apiVersion }),
      definition: byKind.get(`${apiVersion}/${resource['kind']}`),
      verbs: resource['verbs'],
    };
    if (subresource === undefined) {
      main.set(name, {
        resource: name,
        singular: resource['singularName'],
        namespaced: resource['namespaced'],
        ...(resource['shortNames'] === undefined ? {} : { shortNames: resource['shortNames'] }),
        ...(resource['categories'] === undefined ? {} : { categories: resource['categories'] }),
        ...kind,
        subresources: {},
      });
    } else {
      const owner = main.get(name)?.['subresources'];
      if (isFacts(owner)) owner[subresource] = kind;
    }
  }
  return [...main.values()];
}

/** A kind's columns as the server prints them: name, type, format and priority; those with a name and a date alone are left out. */
function columnsOf(kubeconfig: string, groups: readonly Facts[]): Facts {
  const { get } = tableClient(kubeconfig);
  const tables: Facts = {};
  for (const { groupVersion, resources } of groups) {
    const base = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
    for (const { kind, resource, verbs } of resources as readonly Facts[]) {
      if (!(verbs as string[]).includes('list')) continue;
      const { columnDefinitions } = get(`${base}/${resource}?limit=1`);
      const columns = (columnDefinitions as readonly Facts[]).map(({ name, type, format, priority }) => [
        name,
        type,
        format,
        priority,
      ]);
      if (columns[1]?.[0] !== 'Created At') tables[`${groupVersion}/${kind}`] = columns;
    }
  }
  return tables;
}

/** The definitions that the kinds reach, by file. */
function filesOf(
  groups: readonly Facts[],
  definitions: ReadonlyMap<string, Facts>,
  shapes: Readonly<Record<string, Shape>>,
): Map<string, { schemas: Facts; shapes: Facts }> {
  const wanted = new Set<string>();
  for (const { definition } of [...everyKind(groups)]) if (typeof definition === 'string') wanted.add(definition);
  const files = new Map<string, { schemas: Facts; shapes: Facts }>();
  for (const name of wanted) {
    const schema = definitions.get(name);
    if (schema === undefined) throw new Error(`no definition ${name}`);
    referencesOf(schema, wanted);
    const file = files.get(fileOf(name)) ?? { schemas: {}, shapes: {} };
    files.set(fileOf(name), file);
    file.schemas[name] = schema;
    const shape = Object.entries(shapes[name] ?? {});
    if (shape.length > 0)
      file.shapes[name] = Object.fromEntries(shape.map(([field, [code, type]]) => [field, code + type]));
  }
  return files;
}

function* everyKind(groups: readonly Facts[]): Generator<Facts> {
  for (const { resources } of groups) {
    for (const resource of resources as readonly Facts[]) {
      yield resource;
      yield* Object.values(resource['subresources'] as Record<string, Facts>);
    }
  }
}

const [, , kubeconfig, option] = process.argv;
if (kubeconfig === undefined || (option !== undefined && option !== '--check')) {
  throw new Error('usage: built-in-facts.ts KUBECONFIG [--check]');
}
main(kubeconfig, option === '--check');
