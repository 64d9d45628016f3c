/** Kinds that kustomize knows to be cluster-scoped, by apiVersion. Everything else counts as namespaced. */
const CLUSTER_SCOPED: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'admissionregistration.k8s.io/v1',
    new Set([
      'MutatingWebhookConfiguration',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'ValidatingWebhookConfiguration',
    ]),
  ],
  ['admissionregistration.k8s.io/v1beta1', new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])],
  ['apiextensions.k8s.io/v1', new Set(['CustomResourceDefinition'])],
  ['apiextensions.k8s.io/v1beta1', new Set(['CustomResourceDefinition'])],
  ['apiregistration.k8s.io/v1', new Set(['APIService'])],
  ['apiregistration.k8s.io/v1beta1', new Set(['APIService'])],
  ['certificates.k8s.io/v1', new Set(['CertificateSigningRequest'])],
  ['certificates.k8s.io/v1beta1', new Set(['CertificateSigningRequest'])],
  ['flowcontrol.apiserver.k8s.io/v1beta1', new Set(['FlowSchema', 'PriorityLevelConfiguration'])],
  ['networking.k8s.io/v1', new Set(['IngressClass'])],
  ['networking.k8s.io/v1beta1', new Set(['IngressClass'])],
  ['node.k8s.io/v1', new Set(['RuntimeClass'])],
  ['node.k8s.io/v1beta1', new Set(['RuntimeClass'])],
  ['policy/v1beta1', new Set(['PodSecurityPolicy'])],
  ['rbac.authorization.k8s.io/v1', new Set(['ClusterRole', 'ClusterRoleBinding'])],
  ['rbac.authorization.k8s.io/v1beta1', new Set(['ClusterRole', 'ClusterRoleBinding'])],
  ['scheduling.k8s.io/v1', new Set(['PriorityClass'])],
  ['scheduling.k8s.io/v1beta1', new Set(['PriorityClass'])],
  ['storage.k8s.io/v1', new Set(['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'])],
  ['storage.k8s.io/v1beta1', new Set(['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'])],
  ['v1', new Set(['ComponentStatus', 'Namespace', 'Node', 'NodeProxyOptions', 'PersistentVolume'])],
]);

/** Whether objects of a kind have no namespace. */
export type ClusterScope = (apiVersion: string, kind: string) => boolean;

/** Whether kustomize is certain that objects of the kind have no namespace. */
export function isClusterScoped(apiVersion: string, kind: string): boolean {
  return CLUSTER_SCOPED.get(apiVersion)?.has(kind) === true;
}
