import { type Fields, fieldsAt, isFields, listAt } from '../fields.ts';
import { type DefaultRule, setAbsent } from './rule.ts';

const SCALE_UP = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };
const CPU_AT_80_PERCENT = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

export const AUTOSCALING_V2_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  HorizontalPodAutoscalerSpec: (fields) => {
    setAbsent(fields, { minReplicas: 1, metrics: [CPU_AT_80_PERCENT] });
    const { behavior } = fields;
    if (!isFields(behavior)) return;
    behavior['scaleUp'] = { ...structuredClone(SCALE_UP), ...fieldsAt(behavior, 'scaleUp') };
    behavior['scaleDown'] = { ...structuredClone(SCALE_DOWN), ...fieldsAt(behavior, 'scaleDown') };
  },
};

export const AUTOSCALING_V1_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  HorizontalPodAutoscalerSpec: { minReplicas: 1 },
};

export const NETWORKING_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  NetworkPolicyPort: { protocol: 'TCP' },
  NetworkPolicySpec: (fields) => {
    const hasEgress = listAt(fields, 'egress').length > 0;
    setAbsent(fields, { policyTypes: hasEgress ? ['Ingress', 'Egress'] : ['Ingress'] });
  },
  IngressClassParametersReference: { scope: 'Cluster' },
};

const RBAC_GROUP = 'rbac.authorization.k8s.io';

export const RBAC_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  RoleRef: { apiGroup: RBAC_GROUP },
  Subject: (fields) => {
    if (fields['kind'] === 'User' || fields['kind'] === 'Group') setAbsent(fields, { apiGroup: RBAC_GROUP });
  },
};

export const STORAGE_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  StorageClass: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
  CSIDriverSpec: {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: ['Persistent'],
    requiresRepublish: false,
    seLinuxMount: false,
  },
};

export const SCHEDULING_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  PriorityClass: { preemptionPolicy: 'PreemptLowerPriority' },
};

export const DISCOVERY_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  EndpointPort: (fields) => {
    fields['name'] ??= '';
    setAbsent(fields, { protocol: 'TCP' });
  },
};

const WEBHOOK = {
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};

export const ADMISSION_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  ValidatingWebhook: WEBHOOK,
  MutatingWebhook: { ...WEBHOOK, reinvocationPolicy: 'Never' },
  RuleWithOperations: { scope: '*' },
  NamedRuleWithOperations: { scope: '*' },
  ServiceReference: { port: 443 },
  ValidatingAdmissionPolicySpec: { failurePolicy: 'Fail' },
  MatchResources: { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} },
};

/** A definition names itself where its author did not. */
function customResourceDefinition(fields: Fields): void {
  const names = fieldsAt(fieldsAt(fields, 'spec'), 'names');
  const { kind } = names;
  if (typeof kind !== 'string' || kind === '') return;
  setAbsent(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
}

export const API_EXTENSIONS_DEFAULTS: Readonly<Record<string, DefaultRule>> = {
  CustomResourceDefinition: customResourceDefinition,
  CustomResourceDefinitionSpec: { conversion: { strategy: 'None' } },
  ServiceReference: { port: 443 },
};
