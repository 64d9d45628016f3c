/**
 * Who may import whom, once. `npm run check` holds every source file to it (tools/check-imports.ts).
 * A line may import only what it names; siblings never import each other. Tests may also use `testkit`
 * and development tools; nothing else may.
 */
export interface ImportRule {
  /** Workspace packages this one may import, by folder name. */
  readonly packages: readonly string[];
  /** Packages from the registry this one may import. */
  readonly external: readonly string[];
  /** Whether Node's own modules may be imported (`node:*`). */
  readonly node: boolean;
  readonly why: string;
}

const PURE = ['api', 'k8s'] as const;

export const IMPORT_TABLE: Readonly<Record<string, ImportRule>> = {
  k8s: {
    packages: [],
    external: [],
    node: false,
    why: 'values of Kubernetes: no I/O, so that everything may use them',
  },
  api: { packages: ['k8s', 'cel'], external: ['typebox'], node: false, why: 'types, defaults and validation are data' },
  kustomize: {
    packages: [],
    external: [],
    node: false,
    why: 'a library of its own: a pure function from a tree of files',
  },
  cel: {
    packages: ['k8s'],
    external: [],
    node: false,
    why: 'a language of its own: expressions in, values out; bounded, without a clock',
  },
  delivery: {
    packages: [...PURE, 'cel'],
    external: ['semver'],
    node: false,
    why: 'the planner decides; it never reads a clock or a cluster',
  },
  ports: { packages: PURE, external: [], node: false, why: 'interfaces only' },
  client: {
    packages: ['ports', 'k8s'],
    external: ['undici', '@kubernetes/client-node', 'yaml'],
    node: true,
    why: 'adapter: a cluster over a transport; reads kubeconfigs (YAML) itself, since the client library is slow to load',
  },
  artifact: {
    packages: ['ports', 'k8s'],
    external: ['undici', 'tar-stream', 'ignore'],
    node: true,
    why: 'adapter: artifacts over HTTP',
  },
  apiserver: {
    packages: ['ports', 'cel', 'k8s'],
    external: ['@peculiar/x509', 'reflect-metadata', 'yaml'],
    node: true,
    why: 'adapter: a cluster in one process',
  },
  runtime: { packages: ['ports', 'k8s'], external: [], node: true, why: 'queues and clocks; never says StageSet' },
  controller: {
    packages: ['ports', 'delivery', 'kustomize', 'cel', ...PURE],
    external: ['prom-client', 'pino', 'yaml'],
    node: true,
    why: 'reconcilers know ports, never adapters',
  },
  'controller/main': {
    packages: ['client', 'artifact', 'runtime', 'ports', 'delivery', 'kustomize', 'cel', ...PURE],
    external: ['prom-client', 'pino'],
    node: true,
    why: 'composition root: chooses the adapters',
  },
  cli: {
    packages: [
      'controller',
      'controller/main',
      'apiserver',
      'client',
      'artifact',
      'runtime',
      'ports',
      'delivery',
      'kustomize',
      'cel',
      ...PURE,
    ],
    external: ['commander', 'picocolors', 'yaml'],
    node: true,
    why: 'composition root: parses input, chooses adapters, renders',
  },
  testkit: { packages: ['ports', ...PURE], external: [], node: true, why: 'fakes and builders for tests' },
};
