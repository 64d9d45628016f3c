import { type KubeObject, parseApiVersion, type StatusCause } from '@stageset/k8s';
import { validateBinding, validateRole } from './access.ts';
import { validateConfigMap, validateSecret } from './config.ts';
import { Faults } from './faults.ts';
import {
  validateAutoscaler,
  validateBudget,
  validateClaim,
  validateIngress,
  validateIngressClass,
  validateLease,
  validatePriorityClass,
  validateStorageClass,
} from './others.ts';
import { validatePolicy, validatePolicyBinding } from './policies.ts';
import { validateService } from './services.ts';
import { validateSigningRequest } from './signing-requests.ts';
import { validateWebhooks } from './webhooks.ts';
import { WORKLOAD_RULES } from './workloads.ts';

type Rule = (object: KubeObject, old: KubeObject | undefined, faults: Faults) => void;

/** By group and kind, whatever the version. */
const RULES: Readonly<Record<string, Rule>> = {
  ...WORKLOAD_RULES,
  '/ConfigMap': validateConfigMap,
  '/Secret': validateSecret,
  '/Service': validateService,
  '/PersistentVolumeClaim': validateClaim,
  'autoscaling/HorizontalPodAutoscaler': validateAutoscaler,
  'policy/PodDisruptionBudget': validateBudget,
  'networking.k8s.io/Ingress': validateIngress,
  'networking.k8s.io/IngressClass': validateIngressClass,
  'coordination.k8s.io/Lease': validateLease,
  'certificates.k8s.io/CertificateSigningRequest': validateSigningRequest,
  'storage.k8s.io/StorageClass': validateStorageClass,
  'scheduling.k8s.io/PriorityClass': validatePriorityClass,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': validateWebhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': validateWebhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': validatePolicy,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': validatePolicyBinding,
  'rbac.authorization.k8s.io/Role': validateRole,
  'rbac.authorization.k8s.io/ClusterRole': validateRole,
  'rbac.authorization.k8s.io/RoleBinding': validateBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': validateBinding,
};

/**
 * What is wrong with a built-in object outside its metadata, in the real server's words; nothing when it is well. With
 * `old`, also what an update may not change.
 */
export function validateBuiltin(object: KubeObject, old?: KubeObject): readonly StatusCause[] {
  const key = `${parseApiVersion(object.apiVersion).group}/${object.kind}`;
  const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
  if (rule === undefined) return [];
  const faults = new Faults();
  rule(object, old, faults);
  return faults.causes;
}
