import { Buffer } from 'node:buffer';

const NAME = 'stageset-local';

/** A kubeconfig for one cluster and its administrator. */
export function kubeconfigText(cluster: {
  readonly url: string;
  readonly authority: string;
  readonly token: string;
}): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: ${NAME}
  cluster:
    server: ${cluster.url}
    certificate-authority-data: ${Buffer.from(cluster.authority).toString('base64')}
users:
- name: ${NAME}
  user:
    token: ${cluster.token}
contexts:
- name: ${NAME}
  context:
    cluster: ${NAME}
    user: ${NAME}
    namespace: default
current-context: ${NAME}
`;
}
