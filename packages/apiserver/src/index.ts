export { DEFAULT_HISTORY_LIMIT } from './cluster/local-api.ts';
export { type ClusterOptions, type LocalCluster, startCluster } from './cluster/start-cluster.ts';
export { DataFileError } from './durable/data-file.ts';
export { makeCertificate, type ServingCertificate } from './http/certificates.ts';
export type { User, WriteContext, WriteHook } from './registry/hooks.ts';
export type { KindDefinition } from './registry/kind.ts';
export type { Identity, Registry, RegistryEvent } from './registry/registry.ts';
export {
  type Match,
  parseScenario,
  type RuleDocument,
  type ScenarioDocument,
  ScenarioError,
  type Timing,
} from './workloads/index.ts';
