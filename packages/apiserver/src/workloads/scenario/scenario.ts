import { isJsonArray, isJsonObject, parseDuration } from '@stageset/k8s';
import { parse } from 'yaml';
import type { Timing } from '../timing.ts';
import { type Behaviour, parseBehaviour } from './behaviour.ts';

/** A scenario as a file holds it: what happens to which objects, and how long things take. */
export interface ScenarioDocument {
  readonly apiVersion: typeof SCENARIO_VERSION;
  readonly kind: 'Scenario';
  /** The same seed gives the same names, uids and order of events. */
  readonly seed?: number;
  /** Durations, for example `podReady: 2s`. */
  readonly timing?: { readonly [Name in keyof Timing as Name extends `${infer Short}Ms` ? Short : never]?: string };
  /** The first rule that matches an object, or what controls it, tells what happens to it. */
  readonly rules?: readonly RuleDocument[];
}

export interface RuleDocument {
  readonly match: Match;
  /** `crash times=2`: the words of the annotation `simulate`. */
  readonly simulate: string;
}

/** All that is given has to fit. `*` in a namespace, name or image stands for anything. */
export interface Match {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of any container of a pod. */
  readonly image?: string;
}

export interface Rule {
  readonly match: Match;
  readonly behaviour: Behaviour;
}

export interface Scenario {
  readonly seed?: number;
  readonly timing: Partial<Timing>;
  readonly rules: readonly Rule[];
}

/** What is wrong with a scenario, all of it, each with its path. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the scenario is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

export const SCENARIO_VERSION = 'stages.metio.wtf/v1';
const MOST_CHARACTERS = 1_048_576;
const MOST_RULES = 1_000;
const MEMBERS = ['apiVersion', 'kind', 'seed', 'timing', 'rules'];
const MATCH_MEMBERS = ['group', 'kind', 'namespace', 'name', 'labels', 'image'];
const TIMINGS: readonly (keyof Timing)[] = [
  'reactionMs',
  'podReadyMs',
  'jobPodMs',
  'podFailureMs',
  'podStopMs',
  'addressMs',
  'claimMs',
  'operatorMs',
];

/** Reads the YAML (or JSON) text of a scenario. @throws ScenarioError with everything that is wrong. */
export function parseScenario(text: string): ScenarioDocument {
  if (text.length > MOST_CHARACTERS) {
    throw new ScenarioError([`the file has ${text.length} characters; at most ${MOST_CHARACTERS} are read`]);
  }
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new ScenarioError([error instanceof Error ? error.message : String(error)]);
  }
  readScenario(document);
  return document as ScenarioDocument;
}

/** What a scenario says, checked. @throws ScenarioError with everything that is wrong. */
export function readScenario(document: unknown): Scenario {
  const reader = new Reader();
  const scenario = reader.read(document);
  if (reader.problems.length > 0) throw new ScenarioError(reader.problems);
  return scenario;
}

class Reader {
  readonly problems: string[] = [];

  read(document: unknown): Scenario {
    const fields = this.#object(document, 'scenario');
    this.#known(fields, MEMBERS, '');
    if (fields['apiVersion'] !== SCENARIO_VERSION) this.#problem('apiVersion', `expected ${SCENARIO_VERSION}`);
    if (fields['kind'] !== 'Scenario') this.#problem('kind', 'expected Scenario');
    const { seed } = fields;
    if (seed !== undefined && (!Number.isInteger(seed) || Number(seed) < 0)) {
      this.#problem('seed', 'expected a whole number, zero or above');
    }
    return {
      ...(typeof seed === 'number' ? { seed } : {}),
      timing: this.#timing(fields['timing']),
      rules: this.#rules(fields['rules']),
    };
  }

  #timing(value: unknown): Partial<Timing> {
    const fields = value === undefined ? {} : this.#object(value, 'timing');
    const short = (name: keyof Timing) => name.slice(0, -'Ms'.length);
    this.#known(fields, TIMINGS.map(short), 'timing.');
    const entries = TIMINGS.flatMap((name) => {
      const text = fields[short(name)];
      if (text === undefined) return [];
      const parsed = parseDuration(String(text));
      if (parsed.ok && parsed.ms >= 0) return [[name, Math.round(parsed.ms)]];
      this.#problem(`timing.${short(name)}`, `expected a duration, for example 300ms or 2m, found ${show(text)}`);
      return [];
    });
    return Object.fromEntries(entries);
  }

  #rules(value: unknown): readonly Rule[] {
    if (value === undefined) return [];
    if (!isJsonArray(value)) {
      this.#problem('rules', 'expected a list');
      return [];
    }
    if (value.length > MOST_RULES)
      this.#problem('rules', `has ${value.length} entries; at most ${MOST_RULES} are read`);
    return value.slice(0, MOST_RULES).flatMap((rule, index) => this.#rule(rule, `rules[${index}]`));
  }

  #rule(value: unknown, path: string): readonly Rule[] {
    const fields = this.#object(value, path);
    this.#known(fields, ['match', 'simulate'], `${path}.`);
    const match = this.#match(fields['match'], `${path}.match`);
    const { simulate } = fields;
    if (typeof simulate !== 'string') {
      this.#problem(`${path}.simulate`, `expected text such as "crash times=2", found ${show(simulate)}`);
      return [];
    }
    const parsed = parseBehaviour(simulate);
    if (parsed.ok) return [{ match, behaviour: parsed.behaviour }];
    this.#problem(`${path}.simulate`, parsed.message);
    return [];
  }

  #match(value: unknown, path: string): Match {
    const fields = this.#object(value, path);
    this.#known(fields, MATCH_MEMBERS, `${path}.`);
    if (Object.keys(fields).length === 0) this.#problem(path, `expected at least one of: ${MATCH_MEMBERS.join(', ')}`);
    if (fields['group'] !== undefined && fields['kind'] === undefined) this.#problem(`${path}.kind`, 'goes with group');
    for (const name of MATCH_MEMBERS) {
      const member = fields[name];
      if (member === undefined) continue;
      const texts = name === 'labels' ? Object.values(this.#object(member, `${path}.labels`)) : [member];
      for (const text of texts) {
        if (typeof text !== 'string') this.#problem(`${path}.${name}`, `expected text, found ${show(text)}`);
      }
    }
    return fields as Match;
  }

  #object(value: unknown, path: string): Readonly<Record<string, unknown>> {
    if (isJsonObject(value)) return value;
    this.#problem(path, `expected an object, found ${show(value)}`);
    return {};
  }

  #known(fields: Readonly<Record<string, unknown>>, known: readonly string[], prefix: string): void {
    for (const name of Object.keys(fields)) {
      if (!known.includes(name)) this.#problem(`${prefix}${name}`, `is not known here; known are: ${known.join(', ')}`);
    }
  }

  #problem(path: string, what: string): void {
    this.problems.push(`${path}: ${what}`);
  }
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 100);
}
