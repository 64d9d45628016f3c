import { LABELS } from '@stageset/api';
import { type Arena, valueIn, WATCHED_KINDS } from './arena.ts';
import type { Content } from './history.ts';

const PATIENCE_MS = 15 * 60_000;

/** A second StageSet beside `app`: what it delivers is its own, although it may want what `app` wants. */
export class Rival {
  readonly #arena: Arena;
  readonly #violations: string[];
  #content: Content | undefined;
  /** It has waited for a StageSet that is not there ever since it was made. */
  #isBlocked = false;
  #revision = 0;

  constructor(arena: Arena, violations: string[]) {
    this.#arena = arena;
    this.#violations = violations;
  }

  async wants(content: Content, waitsFor: 'nothing' | 'app' | 'missing'): Promise<void> {
    this.#isBlocked = waitsFor === 'missing' && (this.#content === undefined || this.#isBlocked);
    this.#content = content;
    await this.#arena.applyRival(`rival-${this.#revision++}`, content, waitsFor);
  }

  /** What it wants. */
  get names(): readonly string[] {
    return Object.keys(this.#content ?? {});
  }

  mayWant(name: string): boolean {
    return this.#content !== undefined && Object.hasOwn(this.#content, name);
  }

  /** As long as what it waits for is not there it delivers nothing. */
  async look(when: string): Promise<void> {
    if (!this.#isBlocked) return;
    for (const name of (await this.#delivered()).keys()) {
      this.#violations.push(`before "${when}": rival delivered ${name} although it waits for what is not there`);
    }
  }

  /** It wants nothing any more that another may want, and waits for nobody. */
  async comesToAnEnd(): Promise<void> {
    if (this.#content === undefined) return;
    const own = Object.entries(this.#content).filter(([name]) => name.endsWith('-of-rival'));
    await this.wants(Object.fromEntries(own), 'nothing');
  }

  /** It is delivered, and what carries its labels is what it wants. */
  async check(): Promise<void> {
    if (this.#content === undefined) return;
    const isReady = async (): Promise<boolean> => {
      const { status, metadata } = (await this.#arena.stageSet('rival')) ?? {};
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      const isPresent = ready?.observedGeneration === metadata?.generation;
      return ready?.status === 'True' && isPresent && status?.run?.pins[0]?.revision === `rival-${this.#revision - 1}`;
    };
    if (!(await this.#arena.until(isReady, PATIENCE_MS))) {
      const status = JSON.stringify((await this.#arena.stageSet('rival'))?.status);
      this.#violations.push(`rival was not delivered: ${status}`);
      return;
    }
    const [is, ought] = [await this.#delivered(), new Map(Object.entries(this.#content))].map((map) =>
      [...map].sort().join(' '),
    );
    if (is !== ought) this.#violations.push(`rival has delivered [${is}] instead of [${ought}]`);
  }

  async #delivered(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const kind of WATCHED_KINDS) {
      const { items } = await this.#arena.admin.list({ ...kind, labelSelector: `${LABELS.name}=rival` });
      for (const object of items) found.set(object.metadata.name, valueIn(object));
    }
    return found;
  }
}
