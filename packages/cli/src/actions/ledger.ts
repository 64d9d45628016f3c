import { API_VERSION, type StageLedger, type StageSet } from '@stageset/api';
import { isConflict, type ObjectRef } from '@stageset/k8s';
import type { Cluster } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { stringify } from 'yaml';
import type { ActionsFlags, BaselineFlags, ResetFlags } from '../commands/actions.ts';
import { openConnection } from '../connection/connection.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';

const WRITE = { fieldManager: 'stagesetctl' } as const;
/** How often a write is tried over a ledger that the controller writes too. */
const MAX_TRIES = 5;

interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
}

interface Entry {
  readonly stage: string;
  readonly action: string;
}

const isEntry =
  (wanted: Entry) =>
  ({ stage, action }: Entry): boolean =>
    stage === wanted.stage && action === wanted.action;

function ledgerRef({ namespace, name }: Place): ObjectRef {
  return { apiVersion: API_VERSION, kind: 'StageLedger', namespace, name };
}

async function ledgerOf(place: Place): Promise<StageLedger | undefined> {
  return (await place.cluster.get(ledgerRef(place))) as unknown as StageLedger | undefined;
}

async function at(
  name: string,
  flags: ActionsFlags,
  io: Io,
  work: (place: Place) => Promise<string>,
): Promise<ExitCode> {
  const { cluster, namespace, close } = await openConnection(flags, io, systemClock);
  try {
    io.stdout.write(await work({ cluster, namespace, name }));
    return EXIT.ok;
  } finally {
    await close();
  }
}

function entryOf({ stage, action }: ActionsFlags): Entry | undefined {
  return stage === undefined || action === undefined ? undefined : { stage, action };
}

/** `stageset actions reset`: forgets completions, and the baseline entries that would bring them back. */
export async function runReset(name: string, flags: ResetFlags, io: Io): Promise<ExitCode> {
  const entry = entryOf(flags);
  const isPartial = (flags.stage === undefined) !== (flags.action === undefined);
  if (isPartial || flags.all === (entry !== undefined)) {
    throw new CommandError(EXIT.usage, 'name one action with --stage and --action, or all of them with --all');
  }
  return at(name, flags, io, async (place) => {
    const isMeant = entry === undefined ? () => true : isEntry(entry);
    const count = await over(place, async (ledger) => {
      const done = ledger.status?.completedActions ?? [];
      const baseline = ledger.spec?.baseline ?? [];
      const { resourceVersion } = ledger.metadata;
      const kept = baseline.filter((known) => !isMeant(known));
      let guard = resourceVersion;
      if (kept.length < baseline.length) {
        const patch = { metadata: { resourceVersion }, spec: { baseline: kept } };
        const written = await place.cluster.patch(ledgerRef(place), { type: 'merge', patch }, WRITE);
        guard = written.metadata.resourceVersion;
      }
      const left = done.filter((known) => !isMeant(known));
      if (left.length < done.length) {
        const patch = { metadata: { resourceVersion: guard }, status: { completedActions: left } };
        await place.cluster.patch(ledgerRef(place), { type: 'merge', patch }, { ...WRITE, subresource: 'status' });
      }
      const forgotten = done.length - left.length;
      if (entry !== undefined && forgotten === 0)
        io.stderr.write(`note: ${formatEntry(entry)} is not done; ${doneText(done)}\n`);
      return forgotten;
    });
    return `Reset ${count} completion(s) in StageLedger ${name}\n`;
  });
}

function formatEntry({ stage, action }: Entry): string {
  return `${stage}/${action}`;
}

function doneText(done: readonly Entry[]): string {
  return done.length === 0 ? 'nothing is' : `what is: ${done.map(formatEntry).join(', ')}`;
}

/** Works on the ledger as it is, and once more when the controller has written it meanwhile. */
async function over<Result>(place: Place, work: (ledger: StageLedger) => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const ledger = await ledgerOf(place);
    if (ledger === undefined) {
      throw new CommandError(EXIT.runtime, `no StageLedger ${place.name} in namespace ${place.namespace}`);
    }
    try {
      return await work(ledger);
    } catch (error) {
      if (!isConflict(error) || tries >= MAX_TRIES) throw error;
    }
  }
}

/** `stageset actions baseline`: counts an action as done, or prints what is done. */
export async function runBaseline(name: string, flags: BaselineFlags, io: Io): Promise<ExitCode> {
  const entry = entryOf(flags);
  const isNamed = flags.stage !== undefined || flags.action !== undefined;
  if (flags.export ? isNamed : entry === undefined) {
    throw new CommandError(EXIT.usage, 'name one action with --stage and --action, or ask for --export alone');
  }
  return at(name, flags, io, (place) => (entry === undefined ? exported(place, io) : baselined(place, entry, io)));
}

async function exported(place: Place, io: Io): Promise<string> {
  const done = (await ledgerOf(place))?.status?.completedActions ?? [];
  if (done.length === 0) io.stderr.write(`note: StageLedger ${place.name} holds no completion\n`);
  const { apiVersion, kind, namespace, name } = ledgerRef(place);
  const baseline = done.map(({ stage, action }) => ({ stage, action }));
  return stringify({ apiVersion, kind, metadata: { name, namespace }, spec: { baseline } });
}

async function baselined(place: Place, entry: Entry, io: Io): Promise<string> {
  await checkLifetime(place, entry, io);
  const told = `${entry.stage}/${entry.action}`;
  const { apiVersion, kind, namespace = '', name } = ledgerRef(place);
  const ledger = await ledgerOf(place);
  if (ledger === undefined) {
    await place.cluster.create({ apiVersion, kind, metadata: { name, namespace }, spec: { baseline: [entry] } }, WRITE);
    return `Created StageLedger ${name} and baselined ${told}\n`;
  }
  return over(place, async ({ metadata, spec }) => {
    const before = spec?.baseline ?? [];
    if (before.some(isEntry(entry))) return `${told} is already in the baseline of StageLedger ${name}\n`;
    const { resourceVersion } = metadata;
    const patch = { metadata: { resourceVersion }, spec: { baseline: [...before, entry] } };
    await place.cluster.patch(ledgerRef(place), { type: 'merge', patch }, WRITE);
    return `Baselined ${told} in StageLedger ${name}\n`;
  });
}

/** A baseline may be written before its StageSet is there; where it is, the action has to be one that is done once ever. */
async function checkLifetime({ cluster, namespace, name }: Place, { stage, action }: Entry, io: Io): Promise<void> {
  const ref = { apiVersion: API_VERSION, kind: 'StageSet', namespace, name };
  const stageSet = (await cluster.get(ref)) as unknown as StageSet | undefined;
  if (stageSet === undefined) {
    io.stderr.write(`note: there is no StageSet ${name} in namespace ${namespace} yet\n`);
    return;
  }
  const actions = stageSet.spec.stages.find((known) => known.name === stage)?.actions;
  const found = [...(actions?.pre ?? []), ...(actions?.post ?? [])].find((known) => known.name === action);
  if (found?.scope === 'Lifetime') return;
  const why = found === undefined ? 'there is no such action in pre or post' : 'it is not of scope Lifetime';
  throw new CommandError(EXIT.runtime, `${stage}/${action} cannot be baselined: ${why}`);
}
