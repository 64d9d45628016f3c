import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { completionScript } from './commands/completion.ts';
import { EXIT } from './exit.ts';
import { createProgram, runCli } from './program.ts';
import { memoryIo } from './testing/memory-io.ts';
import { VERSION } from './version.ts';

async function call(...argv: readonly string[]) {
  const io = memoryIo();
  const code = await runCli(argv, io);
  return { code, out: io.out(), err: io.err() };
}

describe('the command line', () => {
  test.each(['up', 'build', 'get', 'controller', 'cluster', 'version', 'completion'])('%s has help', async (name) => {
    const { code, out } = await call(name, '--help');
    expect(code).toBe(EXIT.ok);
    expect(out).toContain(`Usage: stageset ${name}`);
  });

  test('without a command it shows its help and fails', async () => {
    const { code, err } = await call();
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Usage: stageset');
  });

  test('a misspelt command is answered with the nearest one', async () => {
    const { code, err } = await call('buidl', 'x');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Did you mean build?');
  });

  test('a misspelt option is answered with the nearest one', async () => {
    const { code, err } = await call('up', '.', '--keeep');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('Did you mean --keep?');
  });

  test('version', async () => {
    expect(await call('version')).toMatchObject({
      code: EXIT.ok,
      out: `stageset ${VERSION} (Node.js ${process.versions.node})\n`,
    });
  });

  test('the completion scripts know every command and are accepted by bash', async () => {
    const io = memoryIo();
    const program = createProgram(io, () => undefined);
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      const script = completionScript(shell, program);
      for (const command of program.commands) {
        for (const { name } of [command, ...command.commands].map((each) => ({ name: each.name() }))) {
          expect(script).toContain(name);
        }
      }
    }
    const bash = spawnSync('bash', ['-n'], { input: completionScript('bash', program) });
    if (bash.error === undefined) expect(bash.stderr.toString()).toBe('');
  });
});
