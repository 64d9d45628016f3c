import type { Command } from 'commander';
import type { ConnectionFlags } from '../connection/connection.ts';
import type { Register } from './register.ts';

export interface ActionsFlags extends ConnectionFlags {
  readonly stage?: string;
  readonly action?: string;
}

export interface ResetFlags extends ActionsFlags {
  readonly all: boolean;
}

export interface BaselineFlags extends ActionsFlags {
  readonly export: boolean;
}

export interface ForceFlags extends ActionsFlags {
  readonly scope: 'Revision' | 'Version';
}

export const registerActions: Register = (program, io, done) => {
  const actions = program.command('actions').description('say what counts as done, and what is to be done again');
  onStageSet(actions.command('reset'))
    .description('forget that actions of scope Lifetime are done: they run again')
    .option('--stage <name>', 'stage of the action')
    .option('--action <name>', 'the action')
    .option('--all', 'forget all of them', false)
    .action(async (name: string, flags: ResetFlags) => {
      const { runReset } = await import('../actions/ledger.ts');
      done(await runReset(name, flags, io));
    });
  onStageSet(actions.command('baseline'))
    .description('count an action of scope Lifetime as done, or print what is done as a StageLedger')
    .option('--stage <name>', 'stage of the action')
    .option('--action <name>', 'the action')
    .option('--export', 'print a StageLedger whose baseline is what is done', false)
    .action(async (name: string, flags: BaselineFlags) => {
      const { runBaseline } = await import('../actions/ledger.ts');
      done(await runBaseline(name, flags, io));
    });
  onStageSet(actions.command('force'))
    .description('run the actions of a stage again, or with --scope Version those of every stage that count by version')
    .option('--stage <name>', 'the stage')
    .option('--scope <scope>', 'Revision or Version', 'Revision')
    .action(async (name: string, flags: ForceFlags) => {
      const { runForce } = await import('../actions/force.ts');
      done(await runForce(name, flags, io));
    });
};

function onStageSet(command: Command): Command {
  return command
    .argument('<name>', 'a StageSet')
    .option('-n, --namespace <name>', 'its namespace (default: that of the context)')
    .option('--kubeconfig <path>', 'cluster to ask')
    .option('--context <name>', 'context of the kubeconfig to use');
}
