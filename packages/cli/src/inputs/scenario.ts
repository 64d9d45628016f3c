import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ScenarioDocument } from '@stageset/apiserver';
import { CommandError, EXIT } from '../exit.ts';

/** The scenario of `--scenario FILE`, checked. Throws `CommandError` (exit 2) that says everything that is wrong with it. */
export async function readScenarioFile(path: string, cwd: string): Promise<ScenarioDocument> {
  const { parseScenario, ScenarioError } = await import('@stageset/apiserver');
  let text: string;
  try {
    text = await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.usage, `--scenario ${path} cannot be read: ${why}`, { cause: error });
  }
  try {
    return parseScenario(text);
  } catch (error) {
    if (error instanceof ScenarioError) {
      throw new CommandError(EXIT.usage, `--scenario ${path}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
