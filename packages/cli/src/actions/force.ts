import { API_VERSION, STAGE_SET_ANNOTATIONS, type StageSet } from '@stageset/api';
import { systemClock } from '@stageset/runtime';
import type { ForceFlags } from '../commands/actions.ts';
import { openConnection } from '../connection/connection.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import type { Io } from '../io.ts';

/** `stageset actions force`: asks for actions to be run once more, by a token that is used once. */
export async function runForce(name: string, flags: ForceFlags, io: Io): Promise<ExitCode> {
  if (flags.scope !== 'Revision' && flags.scope !== 'Version') {
    throw new CommandError(EXIT.usage, `--scope ${flags.scope}: write Revision or Version`);
  }
  if (flags.scope === 'Revision' && flags.stage === undefined) {
    throw new CommandError(EXIT.usage, 'name the stage with --stage, or ask for --scope Version');
  }
  const { cluster, namespace, close } = await openConnection(flags, io, systemClock);
  try {
    const ref = { apiVersion: API_VERSION, kind: 'StageSet', namespace, name };
    const found = (await cluster.get(ref)) as unknown as StageSet | undefined;
    if (found === undefined) throw new CommandError(EXIT.runtime, `no StageSet ${name} in namespace ${namespace}`);
    const stages = found.spec.stages.map((stage) => stage.name);
    if (flags.stage !== undefined && !stages.includes(flags.stage)) {
      throw new CommandError(EXIT.runtime, `StageSet ${name} has no stage "${flags.stage}", only ${stages.join(', ')}`);
    }
    const token = new Date(systemClock.now()).toISOString();
    const annotations =
      flags.scope === 'Version'
        ? { [STAGE_SET_ANNOTATIONS.resetScope]: token, [STAGE_SET_ANNOTATIONS.requestedAt]: token }
        : { [STAGE_SET_ANNOTATIONS.reconcileStage]: `${flags.stage}@${token}` };
    await cluster.patch(ref, { type: 'merge', patch: { metadata: { annotations } } }, { fieldManager: 'stagesetctl' });
    const what = flags.scope === 'Version' ? '' : `stage "${flags.stage}" of `;
    io.stdout.write(`Reconcile requested for ${what}StageSet ${name} (token ${token})\n`);
    return EXIT.ok;
  } finally {
    await close();
  }
}
