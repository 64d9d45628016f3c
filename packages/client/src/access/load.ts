import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Access } from './access.ts';
import { AccessError } from './errors.ts';
import { inClusterAccess } from './in-cluster.ts';
import { accessOf, type Environment, mergeKubeconfigs } from './kubeconfig.ts';
import { readKubeconfig } from './kubeconfig-file.ts';

export interface LoadOptions {
  /** A file named by the user: it alone is read, and must exist. */
  readonly kubeconfigPath?: string;
  /** The context to use instead of the current one. */
  readonly context?: string;
  readonly env: Environment;
}

/**
 * Finds out how to reach the cluster, in kubectl's order: the file named, else the files of `KUBECONFIG` merged, else
 * `~/.kube/config`, else the service account of the pod this runs in. Files are read, nothing is opened or run. Throws
 * `AccessError`.
 */
export function loadAccess({ kubeconfigPath, context, env }: LoadOptions): Access {
  if (kubeconfigPath !== undefined) {
    const config = readKubeconfig(kubeconfigPath);
    if (config === undefined) {
      throw new AccessError(kubeconfigPath, undefined, 'does not exist: check the path of the kubeconfig');
    }
    return accessOf(config, kubeconfigPath, context, env);
  }
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const home = env['HOME'] ?? env['USERPROFILE'];
  const paths = listed.length > 0 ? [...new Set(listed)] : home === undefined ? [] : [join(home, '.kube', 'config')];
  const configs = paths.map(readKubeconfig).filter((config) => config !== undefined);
  if (configs.length > 0) {
    const found = paths.filter((path) => existsSync(path));
    return accessOf(mergeKubeconfigs(configs), found.join(delimiter), context, env);
  }
  if (listed.length > 0) {
    throw new AccessError('KUBECONFIG', undefined, `none of its files exists: ${listed.join(', ')}`);
  }
  const inCluster = context === undefined ? inClusterAccess(env) : undefined;
  if (inCluster !== undefined) return inCluster;
  throw new AccessError(
    paths[0] ?? 'kubeconfig',
    undefined,
    'there is no kubeconfig, and this is not a pod with a service account: name one with --kubeconfig or KUBECONFIG',
  );
}
