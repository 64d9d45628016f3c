import { type KubeObject, parseApiVersion } from '@stageset/k8s';
import { fieldsAt, listAt, textAt } from '../../builtin/fields.ts';
import { controllerOf, type World } from '../world.ts';
import { type Behaviour, parseBehaviour, SIMULATE } from './behaviour.ts';
import type { Rule, Scenario } from './scenario.ts';

const RUN: Behaviour = { word: 'run' };
/** As many annotations are kept parsed. */
const MOST_TEXTS = 1000;

/**
 * What the simulation does with an object: what its annotation says, else that of what controls it, else the first
 * rule of the scenario that matches it or what controls it, else nothing special.
 */
export class Directions {
  readonly #world: World;
  readonly #rules: readonly MatchingRule[];
  readonly #parsed = new Map<string, Behaviour | undefined>();

  constructor(world: World, scenario: Scenario | undefined) {
    this.#world = world;
    this.#rules = (scenario?.rules ?? []).map((rule) => new MatchingRule(rule));
  }

  of(object: KubeObject): Behaviour {
    return this.told(object) ?? RUN;
  }

  /** `undefined` when nobody says anything of the object. */
  told(object: KubeObject): Behaviour | undefined {
    const line = this.#line(object);
    for (const one of line) {
      const text = one.metadata.annotations?.[SIMULATE];
      const behaviour = text === undefined ? undefined : this.#parse(text);
      if (behaviour !== undefined) return behaviour;
    }
    return this.#rules.find((rule) => rule.matches(line))?.behaviour;
  }

  /** An object and what controls it, itself first. */
  #line(object: KubeObject): readonly KubeObject[] {
    const line: KubeObject[] = [];
    for (let one: KubeObject | undefined = object; one !== undefined && !line.includes(one); ) {
      line.push(one);
      one = this.#world.byUid(controllerOf(one)?.uid ?? '');
    }
    return line;
  }

  /** An annotation that cannot be read says nothing: its writer was warned. */
  #parse(text: string): Behaviour | undefined {
    if (this.#parsed.has(text)) return this.#parsed.get(text);
    if (this.#parsed.size >= MOST_TEXTS) this.#parsed.clear();
    const parsed = parseBehaviour(text);
    const behaviour = parsed.ok ? parsed.behaviour : undefined;
    this.#parsed.set(text, behaviour);
    return behaviour;
  }
}

class MatchingRule {
  readonly behaviour: Behaviour;
  readonly #rule: Rule;
  readonly #namespace: RegExp | undefined;
  readonly #name: RegExp | undefined;
  readonly #image: RegExp | undefined;

  constructor(rule: Rule) {
    this.behaviour = rule.behaviour;
    this.#rule = rule;
    this.#namespace = pattern(rule.match.namespace);
    this.#name = pattern(rule.match.name);
    this.#image = pattern(rule.match.image);
  }

  matches(line: readonly KubeObject[]): boolean {
    const [object] = line;
    if (object === undefined || !this.#runsImage(object)) return false;
    return line.some((one) => this.#fits(one));
  }

  #fits({ apiVersion, kind, metadata }: KubeObject): boolean {
    const { match } = this.#rule;
    if (match.kind !== undefined && match.kind !== kind) return false;
    if (match.group !== undefined && match.group !== parseApiVersion(apiVersion).group) return false;
    if (this.#namespace?.test(metadata.namespace ?? '') === false || this.#name?.test(metadata.name) === false)
      return false;
    const labels: Readonly<Record<string, string>> = metadata.labels ?? {};
    return Object.entries(match.labels ?? {}).every(([key, value]) => labels[key] === value);
  }

  #runsImage(object: KubeObject): boolean {
    if (this.#image === undefined) return true;
    return listAt(fieldsAt(object, 'spec'), 'containers').some(
      (container) => this.#image?.test(textAt(container, 'image') ?? '') === true,
    );
  }
}

/** `web-*`: a name in which `*` stands for anything. */
function pattern(glob: string | undefined): RegExp | undefined {
  if (glob === undefined) return undefined;
  const parts = glob.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
