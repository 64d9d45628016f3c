import type { ObjectRef } from '@stageset/k8s';

const JOB = { apiVersion: 'batch/v1', kind: 'Job' } as const;

/** How status names a Job of an action: by its name, and with its namespace where that is not the StageSet's. */
export function namedJob({ namespace, name }: ObjectRef, home: string): string {
  return namespace === undefined || namespace === home ? name : `${namespace}/${name}`;
}

/** The Job that status names. */
export function jobRef(named: string, home: string): ObjectRef & { readonly namespace: string } {
  const [first = '', name] = named.split('/');
  return name === undefined ? { ...JOB, namespace: home, name: first } : { ...JOB, namespace: first, name };
}
