import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface OracleRequest {
  readonly op: string;
  readonly [field: string]: unknown;
}

export interface OracleAnswer {
  readonly out?: unknown;
  readonly error?: string;
}

/** Asks the field's own libraries, all requests in one process, answers in the order of the requests. */
export async function askOracle(requests: readonly OracleRequest[]): Promise<OracleAnswer[]> {
  const script = fileURLToPath(new URL('../oracles/run', import.meta.url));
  const child = spawn('bash', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: OracleAnswer[] = [];
  const lines = createInterface({ input: child.stdout });
  const closed = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    lines.on('close', resolve);
  });
  lines.on('line', (line) => answers.push(JSON.parse(line) as OracleAnswer));
  for (const request of requests) child.stdin.write(`${JSON.stringify(request)}\n`);
  child.stdin.end();
  await closed;
  if (answers.length !== requests.length) {
    throw new Error(`the oracle answered ${answers.length} of ${requests.length} requests`);
  }
  return answers;
}
