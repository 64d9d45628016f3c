import { type GroupVersionKind, parseApiVersion } from '@stageset/k8s';
import type { BuiltinKind, Subresource } from './contract.ts';
import { groupFacts, type KindFacts, type ResourceFacts } from './facts.ts';

/** Kinds whose `metadata.generation` counts changes of their spec. Others have none. */
const TRACKS_GENERATION = new Set([
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/CronJob',
  'batch/Job',
  '/Pod',
  '/PodTemplate',
  '/ReplicationController',
  'networking.k8s.io/Ingress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/NetworkPolicy',
  'policy/PodDisruptionBudget',
  'discovery.k8s.io/EndpointSlice',
  'scheduling.k8s.io/PriorityClass',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
]);

const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
];

/** Field selectors beside name and namespace. */
const SELECTABLE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  '/Pod': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/Event': EVENT_FIELDS,
  'events.k8s.io/Event': EVENT_FIELDS,
  '/Secret': ['type'],
  '/Namespace': ['status.phase'],
  '/Node': ['spec.unschedulable'],
  '/Service': ['spec.clusterIP', 'spec.type'],
  '/ReplicationController': ['status.replicas'],
  'apps/ReplicaSet': ['status.replicas'],
  'batch/Job': ['status.successful'],
};

let kinds: readonly BuiltinKind[] | undefined;
let definitions: ReadonlyMap<string, string> | undefined;

/** Every built-in kind, in the order in which discovery lists groups and versions. */
export function builtinKinds(): readonly BuiltinKind[] {
  kinds ??= groupFacts().flatMap(({ groupVersion, resources }) =>
    resources.map((resource) => kindOf(groupVersion, resource)),
  );
  return kinds;
}

/** The name of the definition that describes a kind; `undefined` when the kind is not built in. */
export function definitionOf({ group, version, kind }: GroupVersionKind): string | undefined {
  definitions ??= readDefinitions();
  return definitions.get(`${group}/${version}/${kind}`);
}

function readDefinitions(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (facts: KindFacts, groupVersion: string): void => {
    const { group, version } = parseApiVersion(facts.apiVersion ?? groupVersion);
    if (facts.definition !== undefined) found.set(`${group}/${version}/${facts.kind}`, facts.definition);
  };
  for (const { groupVersion, resources } of groupFacts()) {
    for (const resource of resources) {
      add(resource, groupVersion);
      for (const subresource of Object.values(resource.subresources)) add(subresource, groupVersion);
    }
  }
  return found;
}

function kindOf(groupVersion: string, facts: ResourceFacts): BuiltinKind {
  const { group, version } = parseApiVersion(groupVersion);
  const key = `${group}/${facts.kind}`;
  const selectableFields = SELECTABLE_FIELDS[key];
  return {
    group,
    version,
    kind: facts.kind,
    resource: facts.resource,
    singular: facts.singular,
    shortNames: facts.shortNames ?? [],
    categories: facts.categories ?? [],
    namespaced: facts.namespaced,
    verbs: facts.verbs,
    subresources: Object.entries(facts.subresources).map(([name, subresource]) => subresourceOf(name, subresource)),
    tracksGeneration: TRACKS_GENERATION.has(key),
    ...(selectableFields === undefined ? {} : { selectableFields }),
  };
}

function subresourceOf(name: string, { apiVersion, kind, verbs }: KindFacts): Subresource {
  return apiVersion === undefined ? { name, kind, verbs } : { name, ...parseApiVersion(apiVersion), kind, verbs };
}
