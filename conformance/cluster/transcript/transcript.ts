import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ClusterResponse } from '@stageset/ports';
import { systemClock } from '@stageset/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SuiteCluster, suiteCluster } from '../../support/suite-cluster.ts';
import { type Meaning, readAnswer, type Shown, shown } from './normal.ts';
import { fullPath, type Json, type Step } from './steps.ts';

/**
 * Cases that are requests and the answers of a real API server to them, recorded once (`STAGESET_RECORD=1` on the
 * project `real`) and held to both clusters ever after. In paths and bodies `{n}` stands for a name of the case's own,
 * `{ns}` for its namespace, `{uid}` and `{rv}` for those of the object that was answered last.
 */
export interface Case {
  /** A sentence. */
  readonly name: string;
  /** All but the last prepare: they have to succeed. The last one's answer is what the case is about. */
  readonly steps: readonly Step[];
  /** Field managers and their fields are part of what is compared. */
  readonly ownership?: boolean;
  /** Compares every answer. */
  readonly whole?: boolean;
  /** Why the refusal's wording is not compared, but its code and reason alone: it is a memory dump, a Go type, a path. */
  readonly wordingAside?: string;
  /** Compares these parts of the body alone, where others are nobody's promise: `spec`, `metadata.labels`. */
  readonly see?: readonly string[];
}

export interface Area {
  /** Runs before the first case, with a fresh namespace. */
  readonly prepare?: (suite: SuiteCluster, namespace: string) => Promise<void>;
  /** More placeholders, and what stands for them; asked for after the preparation. */
  readonly placeholders?: () => Placeholders;
  /** Runs after the last case. */
  readonly finish?: (suite: SuiteCluster, namespace: string) => Promise<void>;
}

export type Placeholders = Readonly<Record<string, string>>;

const PATIENCE_MS = 60_000;
const golden = (area: string) => new URL(`../golden/${area}.json`, import.meta.url);

/** Registers a test per case, under the area's name. */
export function transcripts(area: string, cases: readonly Case[], { prepare, placeholders, finish }: Area = {}): void {
  const file = golden(area);
  const recorded = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly Shown[]>) : {};
  const isRecording = process.env['STAGESET_RECORD'] === '1';
  const fresh: Record<string, readonly Shown[]> = {};
  let suite: SuiteCluster;
  let namespace = '';
  let more: Placeholders = {};

  describe(area, () => {
    beforeAll(async () => {
      suite = await suiteCluster();
      namespace = await suite.namespace();
      await prepare?.(suite, namespace);
      more = placeholders?.() ?? {};
    });
    afterAll(async () => {
      if (isRecording) record(file, fresh);
      await finish?.(suite, namespace);
      await suite.stop();
    });
    for (const [index, one] of cases.entries()) {
      test(one.name, async () => {
        const answers = await play(suite, namespace, one, index, more);
        fresh[one.name] = answers;
        if (!isRecording) expect(answers).toEqual(recorded[one.name]);
      });
    }
  });
}

function record(file: URL, answers: Readonly<Record<string, readonly Shown[]>>): void {
  mkdirSync(new URL('.', file), { recursive: true });
  const lines = Object.entries(answers).map(([name, shown]) => `${JSON.stringify(name)}: ${JSON.stringify(shown)}`);
  writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`);
}

async function play(
  suite: SuiteCluster,
  namespace: string,
  one: Case,
  index: number,
  more: Placeholders,
): Promise<readonly Shown[]> {
  const own = `c${index}-${namespace.slice('suite-'.length)}`;
  const meaning: Meaning = {
    names: [
      [own, '{n}'],
      [namespace, '{ns}'],
      ...Object.entries(more).map(([name, value]) => [value, `{${name}}`] as const),
    ],
    ownership: one.ownership === true,
  };
  const values = new Map([['n', own], ['ns', namespace], ...Object.entries(more)]);
  const answers: Shown[] = [];
  for (const [at, step] of one.steps.entries()) {
    const { response, body } = await sent(suite, filled(step, values));
    remember(body, values);
    const isLast = at === one.steps.length - 1;
    if (!isLast && one.whole !== true && response.status >= 400 && response.status !== step.until) {
      throw new Error(`step ${at + 1} (${step.method} ${step.path}) failed: ${JSON.stringify(body)}`);
    }
    if (isLast || one.whole === true) answers.push(shown(response, chosen(body, one), meaning));
  }
  return answers;

  function filled(step: Step, given: ReadonlyMap<string, string>): Step {
    const fill = (text: string) =>
      text.replace(/\{(n|ns|uid|rv|hook|ca)\}/g, (_, name: string) => given.get(name) ?? '');
    return {
      ...step,
      path: fullPath(fill(step.path), namespace),
      headers: Object.fromEntries(Object.entries(step.headers ?? {}).map(([name, value]) => [name, fill(value)])),
      ...(step.body === undefined
        ? {}
        : { body: fill(typeof step.body === 'string' ? step.body : JSON.stringify(step.body)) }),
    };
  }
}

async function sent({ transport }: SuiteCluster, step: Step): Promise<{ response: ClusterResponse; body: unknown }> {
  const { method, path, body, headers = {}, until, settled } = step;
  const deadline = systemClock.now() + PATIENCE_MS;
  for (;;) {
    const response = await transport({
      method,
      path,
      headers: { accept: 'application/json', 'user-agent': 'suite/1', ...headers },
      ...(body === undefined ? {} : { body: String(body) }),
    });
    const answer = await readAnswer(response);
    const isSettled = (until === undefined || response.status === until) && settled?.(answer) !== false;
    if (isSettled || systemClock.now() > deadline) {
      return { response, body: answer };
    }
    await new Promise<void>((resolve) => systemClock.schedule(30, resolve));
  }
}

function remember(body: unknown, values: Map<string, string>): void {
  const { metadata } = (typeof body === 'object' && body !== null ? body : {}) as { readonly metadata?: Json };
  if (typeof metadata?.['uid'] === 'string') values.set('uid', metadata['uid']);
  if (typeof metadata?.['resourceVersion'] === 'string') values.set('rv', metadata['resourceVersion']);
}

function chosen(body: unknown, { see, wordingAside }: Case): unknown {
  if ((body as Json)?.['kind'] === 'Status') {
    if (wordingAside === undefined) return body;
    const { kind, reason } = body as Json;
    return { kind, reason };
  }
  if (see === undefined) return body;
  const parts: Record<string, unknown> = {};
  for (const path of see) {
    let value: unknown = body;
    for (const key of path.split('.')) value = (value as Json | undefined)?.[key];
    parts[path] = value;
  }
  return parts;
}
