import type { ClusterRequest, Transport } from '@stageset/ports';
import { FakeClock } from '@stageset/testkit';
import { createLocalApi } from '../cluster/local-api.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';

export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // Tests say what they expect of a body by comparing it.
  readonly body: Record<string, unknown>;
}

export interface TestApi {
  readonly clock: FakeClock;
  readonly registry: LocalRegistry;
  readonly transport: Transport;
  /** As it comes from the wire: without the administrator's token. */
  readonly handler: Transport;
  call(
    method: ClusterRequest['method'],
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

/** An API in this process under a clock of its own. */
export function testApi(options: { readonly historyLimit?: number } = {}): TestApi {
  const clock = new FakeClock('2030-01-01T00:00:00Z');
  const { registry, transport, handler } = createLocalApi({ clock, ...options });
  return {
    clock,
    registry,
    transport,
    handler,
    call: (method, path, body, headers = {}) => call(transport, { method, path, headers, ...bodyOf(body) }),
  };
}

function bodyOf(body: unknown): { readonly body?: string } {
  if (body === undefined) return {};
  return { body: typeof body === 'string' ? body : JSON.stringify(body) };
}

export async function call(transport: Transport, request: ClusterRequest): Promise<Answer> {
  const response = await transport(request);
  let text = '';
  for await (const chunk of response.body) text += new TextDecoder().decode(chunk);
  const isJson = response.headers['content-type']?.startsWith('application/json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
}

/** The events of a watch, line by line, until it ends or `count` have come. */
export async function readEvents(
  transport: Transport,
  path: string,
  count: number,
): Promise<readonly { readonly type: string; readonly object: Record<string, unknown> }[]> {
  const stop = new AbortController();
  const { body } = await transport({ method: 'GET', path, signal: stop.signal });
  const events: { type: string; object: Record<string, unknown> }[] = [];
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + new TextDecoder().decode(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(JSON.parse(line));
    if (events.length >= count) break;
  }
  stop.abort();
  return events;
}

export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

export function configMap(name: string, fields: Record<string, unknown> = {}) {
  const { metadata, ...rest } = fields;
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(metadata as object) }, ...rest };
}

export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const GADGETS = '/apis/example.com/v1/namespaces/default/gadgets';

/** A namespaced kind with defaults, bounds, a status and printer columns. */
export function gadgetDefinition() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gadgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['gd'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  required: ['size'],
                  properties: {
                    size: { type: 'integer', minimum: 1 },
                    color: { type: 'string', default: 'red' },
                    replicas: { type: 'integer' },
                  },
                },
                status: { type: 'object', properties: { ready: { type: 'boolean' }, replicas: { type: 'integer' } } },
              },
            },
          },
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
          },
          additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        },
        {
          name: 'v1beta1',
          served: true,
          storage: false,
          deprecated: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

export function gadget(name: string, spec: unknown, fields: Record<string, unknown> = {}) {
  return { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name }, spec, ...fields };
}
