import type { ClusterFolder } from './record.ts';

/** What somebody who has started a local cluster types next. */
export function howToReach({ name, kubeconfig }: Pick<ClusterFolder, 'name' | 'kubeconfig'>, url: string): string {
  const stop = name === 'default' ? 'stageset cluster stop' : `stageset cluster stop --name ${name}`;
  return `The local cluster "${name}" serves at ${url}\n\n  export KUBECONFIG=${kubeconfig}\n  kubectl get nodes\n\nStop it with: ${stop}\n`;
}
