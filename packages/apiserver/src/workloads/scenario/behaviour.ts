import { parseDuration } from '@stageset/k8s';

/** The annotation that tells the simulation what to do with an object: `simulate: crash times=2`. */
export const SIMULATE = 'simulate';

/**
 * What there is to say, and what each word takes. `hold`, `fail` and `pull-error` mean the same on the simulated nodes of the
 * real cluster.
 */
const PARAMETERS = {
  run: ['after', 'for', 'stop'],
  hold: ['for', 'stop'],
  unready: ['after', 'for', 'stop'],
  fail: ['after', 'times', 'exit', 'stop', 'reason'],
  crash: ['after', 'times', 'exit', 'stop'],
  unhealthy: ['after', 'times', 'stop'],
  'pull-error': ['times', 'stop'],
  flap: ['every', 'times', 'stop'],
} as const;

export type Word = keyof typeof PARAMETERS;
type Parameter = (typeof PARAMETERS)[Word][number];

export const WORDS = Object.keys(PARAMETERS) as readonly Word[];

/** What the simulation does with an object. Times are in milliseconds. */
export interface Behaviour {
  readonly word: Word;
  /** How long it takes until it happens. */
  readonly afterMs?: number;
  /** How long it lasts: a run of a job, or a hold that ends by itself. */
  readonly forMs?: number;
  readonly everyMs?: number;
  /** How long a pod takes to stop; its grace period ends it in any case. */
  readonly stopMs?: number;
  /** So often; after that all is well. Without it there is no end. */
  readonly times?: number;
  readonly exitCode?: number;
  /** Why a custom object is not ready. */
  readonly reason?: string;
}

export type ParsedBehaviour =
  | { readonly ok: true; readonly behaviour: Behaviour }
  | { readonly ok: false; readonly message: string };

const MAX_EXIT_CODE = 255;

/** Reads `WORD [key=value]...`, for example `fail times=1 exit=3`. The message of a refusal names what is wrong. */
export function parseBehaviour(text: string): ParsedBehaviour {
  const [word = '', ...terms] = text.trim().split(/\s+/);
  if (!isWord(word)) return refuse(`${JSON.stringify(word)} is none of: ${WORDS.join(', ')}`);
  let behaviour: Behaviour = { word };
  for (const term of terms) {
    const [key = '', value = ''] = splitOnce(term);
    const known: readonly string[] = PARAMETERS[word];
    if (!known.includes(key))
      return refuse(`${word} takes ${known.join(', ')}; it does not take ${JSON.stringify(key)}`);
    const read = readParameter(key as Parameter, value);
    if (typeof read === 'string') return refuse(read);
    behaviour = { ...behaviour, ...read };
  }
  return { ok: true, behaviour };
}

function isWord(word: string): word is Word {
  return Object.hasOwn(PARAMETERS, word);
}

function refuse(message: string): ParsedBehaviour {
  return { ok: false, message };
}

function splitOnce(term: string): readonly [string, string] {
  const at = term.indexOf('=');
  return at === -1 ? [term, ''] : [term.slice(0, at), term.slice(at + 1)];
}

function readParameter(key: Parameter, value: string): Partial<Behaviour> | string {
  switch (key) {
    case 'after':
      return duration(key, value, (afterMs) => ({ afterMs }));
    case 'for':
      return duration(key, value, (forMs) => ({ forMs }));
    case 'every':
      return duration(key, value, (everyMs) => ({ everyMs }));
    case 'stop':
      return duration(key, value, (stopMs) => ({ stopMs }));
    case 'times':
      return /^[1-9]\d{0,8}$/.test(value)
        ? { times: Number(value) }
        : `times=${value}: expected a whole number above zero`;
    case 'exit':
      return /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= MAX_EXIT_CODE
        ? { exitCode: Number(value) }
        : `exit=${value}: expected an exit code from 1 to ${MAX_EXIT_CODE}`;
    case 'reason':
      return /^[A-Za-z]\w{0,99}$/.test(value)
        ? { reason: value }
        : `reason=${value}: expected a word such as BadCredentials`;
  }
}

function duration(key: string, value: string, make: (ms: number) => Partial<Behaviour>): Partial<Behaviour> | string {
  const parsed = parseDuration(value);
  if (parsed.ok && parsed.ms >= 0 && (key !== 'every' || parsed.ms >= 1)) return make(Math.round(parsed.ms));
  return `${key}=${value}: expected a duration, for example 90s or 1h30m`;
}

/** How long what is only waited for takes (a volume, an address): told, or as usual; `undefined` for ever. */
export function delayOf({ word, afterMs, forMs }: Behaviour, usualMs: number): number | undefined {
  if (word === 'hold' || word === 'unready') return forMs;
  return word === 'fail' ? undefined : (afterMs ?? usualMs);
}
