import { Argument, type Command } from 'commander';
import type { Register } from './register.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export const registerCompletion: Register = (program, io) => {
  program
    .command('completion')
    .description('print a completion script; add it to your shell with: source <(stageset completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => io.stdout.write(completionScript(shell, program)));
};

interface Completable {
  readonly name: string;
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

function commandsOf(program: Command): readonly Completable[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    subcommands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    options: optionsOf(command),
  }));
}

/** The options of a command and of those under it, each once. */
function optionsOf(command: Command): Completable['options'] {
  const options = [command, ...command.commands]
    .flatMap((each) => each.createHelp().visibleOptions(each))
    .flatMap(({ long, description }) => (long ? [{ flag: long, description }] : []));
  return [...new Map(options.map((option) => [option.flag, option])).values()];
}

/** Completes commands and their options, and files everywhere else. Generated from the command tree itself. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = commandsOf(program);
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return `#compdef stageset\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case 'fish':
      return fish(commands);
  }
}

function bash(commands: readonly Completable[]): string {
  const cases = commands.map(
    ({ name, subcommands, options }) =>
      `    ${name}) words="${options.map(({ flag }) => flag).join(' ')}" children="${subcommands.map((child) => child.name).join(' ')}" ;;`,
  );
  return `_stageset() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${commands.map(({ name }) => name).join(' ')} --help --version" children=""
  [[ $COMP_CWORD -gt 1 ]] && case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="" ;;
  esac
  if [[ $COMP_CWORD -eq 2 && $current != -* && -n $children ]]; then
    COMPREPLY=($(compgen -W "$children" -- "$current"))
  elif [[ $COMP_CWORD -eq 1 || $current == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _stageset stageset
`;
}

function fish(commands: readonly Completable[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return commands
    .flatMap(({ name, description, subcommands, options }) => [
      `complete -c stageset -n __fish_use_subcommand -f -a ${name} -d ${quote(description)}`,
      ...subcommands.map(
        (child) =>
          `complete -c stageset -n '__fish_seen_subcommand_from ${name}' -f -a ${child.name} -d ${quote(child.description)}`,
      ),
      ...options.map(
        ({ flag, description }) =>
          `complete -c stageset -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quote(description)}`,
      ),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
