/**
 * Records what a real API server answers to the objects of tools/built-in-facts/objects.yaml, so that the local
 * cluster can be compared with it without one.
 *
 *   node tools/built-in-goldens.ts KUBECONFIG
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { tableClient } from './built-in-facts/table-client.ts';

interface Body {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}
interface Case {
  readonly name: string;
  readonly create: Body;
  readonly update?: object;
}

const HERE = import.meta.dirname;
const GOLDEN = join(HERE, '../packages/apiserver/src/builtin/golden/answers.json');
const TABLES = join(HERE, '../packages/apiserver/src/builtin/golden/tables.json');
const NAMESPACE = 'golden';
/** The namespace of tools/built-in-facts/workloads.yaml. */
const SHOWN = 'wl';
/** Differs from one cluster to the next. */
const ROOT_CA = 'kube-root-ca.crt';
const ROWS_PER_KIND = 12;

interface Access {
  readonly server: string;
  readonly token: string;
}

function accessOf(kubeconfig: string): Access {
  const config = parse(readFileSync(kubeconfig, 'utf8'));
  return { server: config.clusters[0].cluster.server, token: config.users[0].user.token };
}

function request({ server, token }: Access, method: string, path: string, body: unknown): unknown {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = ['-H', `Authorization: Bearer ${token}`, '-H', `Content-Type: ${type}`];
  const { stdout } = spawnSync('curl', ['-sk', '-X', method, ...headers, server + path, '-d', '@-'], {
    input: JSON.stringify(body),
    encoding: 'utf8',
  });
  return JSON.parse(stdout);
}

const VOLATILE = ['uid', 'creationTimestamp', 'resourceVersion', 'managedFields', 'selfLink'];

/** Without what differs from one run to the next. */
function settle(answer: unknown): unknown {
  const { metadata, ...rest } = answer as { metadata?: Record<string, unknown> };
  const kept = Object.entries(metadata ?? {}).filter(([key]) => !VOLATILE.includes(key));
  return { ...rest, metadata: Object.fromEntries(kept) };
}

const [, , kubeconfig] = process.argv;
if (kubeconfig === undefined) throw new Error('usage: built-in-goldens.ts KUBECONFIG');
const access = accessOf(kubeconfig);
const kubectl = (...args: string[]) =>
  execFileSync('kubectl', ['--kubeconfig', kubeconfig, ...args], { encoding: 'utf8' });
const kinds = JSON.parse(
  readFileSync(join(HERE, '../packages/apiserver/src/builtin/data/kinds.generated.json'), 'utf8'),
) as { groupVersion: string; resources: { kind: string; resource: string; namespaced: boolean; verbs: string[] }[] }[];

function pathOf({ apiVersion, kind }: Body): string {
  const resource = kinds
    .find(({ groupVersion }) => groupVersion === apiVersion)
    ?.resources.find((one) => one.kind === kind && one.verbs.includes('list'));
  if (resource === undefined) throw new Error(`no kind ${kind} in ${apiVersion}`);
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${base}${resource.namespaced ? `/namespaces/${NAMESPACE}` : ''}/${resource.resource}`;
}

function createNamespace(name: string): void {
  kubectl('create', 'namespace', name);
  kubectl('wait', '--for=create', '-n', name, 'serviceaccount/default', '--timeout=30s');
}

createNamespace(NAMESPACE);
const cases = parse(readFileSync(join(HERE, 'built-in-facts/objects.yaml'), 'utf8')) as readonly Case[];
const answers = cases.map(({ name, create, update }) => {
  const path = pathOf(create);
  if (update === undefined) {
    return { name, given: create, answer: settle(request(access, 'POST', `${path}?dryRun=All`, create)) };
  }
  request(access, 'POST', path, create);
  const own = `${path}/${create.metadata.name}`;
  const old = JSON.parse(kubectl('get', '--raw', own));
  const answer = settle(request(access, 'PATCH', `${own}?dryRun=All`, update));
  request(access, 'DELETE', own, {});
  return { name, given: create, old: settle(old), update, answer };
});
kubectl('delete', 'namespace', NAMESPACE, '--wait=false');

/** How the server prints what tools/built-in-facts/workloads.yaml makes of a cluster. */
function tables(): unknown {
  createNamespace(SHOWN);
  kubectl('create', '-f', join(HERE, 'built-in-facts/workloads.yaml'));
  execFileSync('sleep', ['8']);
  const { get } = tableClient(kubeconfig ?? '');
  const columns = JSON.parse(
    readFileSync(join(HERE, '../packages/apiserver/src/builtin/data/tables.generated.json'), 'utf8'),
  );
  const now = Date.now();
  const rows: unknown[] = [];
  for (const { groupVersion, resources } of kinds) {
    for (const { kind, resource, namespaced, verbs } of resources) {
      if (!verbs.includes('list') || !Object.hasOwn(columns, `${groupVersion}/${kind}`)) continue;
      const base = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
      const place = namespaced ? `/namespaces/${SHOWN}` : '';
      const table = get(`${base}${place}/${resource}?includeObject=Object`);
      const found = (table['rows'] ?? []) as {
        object: Record<string, unknown> & { metadata: Record<string, unknown> };
        cells: unknown[];
      }[];
      for (const { object, cells } of found.slice(0, ROWS_PER_KIND)) {
        delete object.metadata['managedFields'];
        if (object.metadata['name'] === ROOT_CA) object['data'] = { 'ca.crt': 'certificate' };
        rows.push({ kind, apiVersion: groupVersion, cells, object });
      }
    }
  }
  return { now, rows };
}
writeFileSync(TABLES, `${JSON.stringify(tables(), null, 1)}\n`);
writeFileSync(GOLDEN, `${JSON.stringify(answers, null, 1)}\n`);
