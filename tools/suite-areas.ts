/** The table of what the local cluster is held to: recorded cases and commands, counted from the golden files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const GOLDEN = join(import.meta.dirname, '../conformance/cluster/golden');
const START = '<!-- areas: `npm run generate` writes what stands until the end mark -->';
const END = '<!-- end of areas -->';

interface Area {
  readonly name: string;
  readonly cases: number;
  readonly compared: number;
}

/** Requests: a JSON object of cases, each with the answers that are compared. */
function requestAreas(): readonly Area[] {
  return readdirSync(GOLDEN)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const cases = JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as Record<string, readonly unknown[]>;
      const answers = Object.values(cases);
      return { name: file.slice(0, -'.json'.length), cases: answers.length, compared: answers.flat().length };
    });
}

/** Commands: a text of sessions, each line of which that begins with a dollar sign was typed. */
function commandAreas(): readonly Area[] {
  const folder = join(GOLDEN, 'kubectl');
  return readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return {
      name: `kubectl: ${file.slice(0, -'.txt'.length)}`,
      cases: text.match(/^=== /gm)?.length ?? 0,
      compared: text.match(/^\$ /gm)?.length ?? 0,
    };
  });
}

function table(areas: readonly Area[], what: string): string {
  const sum = (key: 'cases' | 'compared') => areas.reduce((all, area) => all + area[key], 0);
  const row = ({ name, cases, compared }: Area) => `| ${name} | ${cases} | ${compared} |`;
  const total = `| **together** | **${sum('cases')}** | **${sum('compared')}** |`;
  return [`| area | cases | ${what} |`, '|---|---|---|', ...areas.map(row), total].join('\n');
}

/** The text with its table made anew. @throws when the marks are not there. */
export function withSuiteAreas(text: string): string {
  const [before, after] = [text.indexOf(START), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`no '${START}' before '${END}'`);
  const tables = [table(requestAreas(), 'answers compared'), table(commandAreas(), 'commands compared')].join('\n\n');
  return `${text.slice(0, before + START.length)}\n\n${tables}\n\n${text.slice(after)}`;
}
