import { API_VERSION, type StageLedger, type StageSet } from '@stageset/api';
import { isForbidden, UnknownKindError } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { stringify } from 'yaml';
import type { GetFlags } from '../commands/get.ts';
import { openConnection } from '../connection/connection.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';
import { stageSetDetail } from './detail.ts';
import { NONE, stageSetTable } from './table.ts';

const KIND = { apiVersion: API_VERSION, kind: 'StageSet' } as const;

/** `stageset get`: what the cluster says of StageSets. Exit 3 for one that is not there. */
export async function runGet(name: string | undefined, flags: GetFlags, io: Io): Promise<ExitCode> {
  if (name !== undefined && flags.allNamespaces)
    throw new CommandError(EXIT.usage, 'name one StageSet, or ask for all with -A; not both');
  const { cluster, namespace, close } = await openConnection(flags, io, systemClock);
  try {
    const told = await answer(cluster, name, namespace, flags);
    io.stdout.write(told);
    if (told === NONE && !flags.allNamespaces)
      io.stderr.write(`note: in namespace ${namespace}; -A looks in all of them\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UnknownKindError)) throw error;
    throw new CommandError(
      EXIT.runtime,
      'this cluster does not know StageSets: apply deploy/crds, or start with stageset up',
      { cause: error },
    );
  } finally {
    await close();
  }
}

async function answer(cluster: Cluster, name: string | undefined, namespace: string, flags: GetFlags): Promise<string> {
  if (name !== undefined) {
    const found = await cluster.get({ ...KIND, namespace, name });
    if (found === undefined)
      throw new CommandError(EXIT.runtime, `no StageSet ${name} in namespace ${namespace}; see stageset get -A`);
    if (flags.output !== undefined) return print(found, flags.output);
    return stageSetDetail(found as unknown as StageSet, await ledgerOf(cluster, namespace, name));
  }
  const { items, resourceVersion } = await cluster.list(flags.allNamespaces ? KIND : { ...KIND, namespace });
  if (flags.output !== undefined) {
    return print({ apiVersion: API_VERSION, kind: 'StageSetList', metadata: { resourceVersion }, items }, flags.output);
  }
  return stageSetTable(items as unknown as readonly StageSet[], flags.allNamespaces);
}

/** What is done once ever; a cluster without StageLedgers, or a user who may not read them, has none to show. */
async function ledgerOf(cluster: Cluster, namespace: string, name: string): Promise<StageLedger | undefined> {
  try {
    const ledger = await cluster.get({ apiVersion: API_VERSION, kind: 'StageLedger', namespace, name });
    return ledger as unknown as StageLedger | undefined;
  } catch (error) {
    if (error instanceof UnknownKindError || isForbidden(error)) return undefined;
    throw error;
  }
}

function print(value: unknown, format: 'yaml' | 'json'): string {
  return format === 'json'
    ? `${JSON.stringify(value, undefined, 2)}\n`
    : stringify(value, { aliasDuplicateObjects: false });
}
