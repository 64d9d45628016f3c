import { type ByteString, fromBytes, toBytes } from './bytes.ts';
import { Fault, type UnplacedProblem } from './error.ts';
import { applyOperator, NegativeLength } from './functions.ts';
import type { SubstitutionLimits } from './limits.ts';
import { DEFAULT_OPERATORS, type Expression, type Template } from './template.ts';

/** The value of a variable; undefined when it has none. */
export type Lookup = (name: string) => string | undefined;

/** Missing variables told at once, at most. */
const MAX_PROBLEMS = 50;

/** Puts values in place of expressions. One evaluator evaluates one template. */
export class Evaluator {
  private readonly lookup: Lookup;
  private readonly strict: boolean;
  private readonly limits: SubstitutionLimits;
  private readonly bytesOf = new Map<string, ByteString | undefined>();
  private readonly missing: UnplacedProblem[] = [];
  private steps = 0;
  private at = 0;

  constructor(lookup: Lookup, strict: boolean, limits: SubstitutionLimits) {
    this.lookup = lookup;
    this.strict = strict;
    this.limits = limits;
  }

  /** Every variable that strict mode missed, in the order of evaluation. */
  get problems(): readonly UnplacedProblem[] {
    return this.missing;
  }

  evaluate(template: Template): string {
    const pieces: (string | Expression)[] = [];
    const bytes = new Map<number, ByteString>();
    let length = 0;
    for (const part of template) {
      if (typeof part === 'string') {
        length += part.length;
        pieces.push(part);
      } else {
        const result = this.expression(part);
        length += result.length;
        this.bound(length, part);
        const text = fromBytes(result);
        if (text === undefined) bytes.set(pieces.length, result);
        pieces.push(text ?? part);
      }
    }
    return bytes.size === 0 ? pieces.join('') : mend(pieces, bytes);
  }

  private expression(node: Expression): ByteString {
    const parts = node.arguments.map((argument) =>
      typeof argument === 'string' ? toBytes(argument) : this.expression(argument),
    );
    const value = this.valueOf(node);
    this.at = node.offset;
    try {
      const result = applyOperator(node.operator, value, parts, this.spend);
      this.bound(result.length, node);
      return result;
    } catch (error) {
      if (!(error instanceof NegativeLength)) throw error;
      throw new Fault({
        fault: 'negative-length',
        message: `substring of "${node.name}" ends before it begins`,
        suggestion: 'a length must not be negative',
        variable: node.name,
        offset: node.offset,
      });
    }
  }

  private valueOf({ name, operator, offset }: Expression): ByteString {
    if (!this.bytesOf.has(name)) {
      const value = this.lookup(name);
      this.bytesOf.set(name, value === undefined ? undefined : toBytes(value));
    }
    const value = this.bytesOf.get(name);
    if (value === undefined && this.strict && !DEFAULT_OPERATORS.has(operator)) {
      if (this.missing.length < MAX_PROBLEMS) this.missing.push(notSet(name, offset));
    }
    return value ?? '';
  }

  private readonly spend = (steps: number): void => {
    this.steps += steps;
    if (this.steps > this.limits.steps) throw this.exceeded('steps', this.limits.steps, this.at);
  };

  private bound(length: number, { offset }: Expression): void {
    if (length > this.limits.outputBytes) throw this.exceeded('outputBytes', this.limits.outputBytes, offset);
  }

  private exceeded(name: keyof SubstitutionLimits, limit: number, offset: number): Fault {
    return new Fault({ fault: 'limit', message: `substitution exceeds its limit of ${limit} ${name}`, offset });
  }
}

function notSet(name: string, offset: number): UnplacedProblem {
  return {
    fault: 'undefined-variable',
    message: `variable not set (strict mode): "${name}"`,
    suggestion: `define ${name}, give it a default (\${${name}:-...}), or write $\${${name}} to keep the text`,
    variable: name,
    offset,
  };
}

/** Joins pieces of which some are halves of characters: together they may be whole. */
function mend(pieces: readonly (string | Expression)[], bytes: ReadonlyMap<number, ByteString>): string {
  const all = pieces.map((piece, i) => bytes.get(i) ?? (typeof piece === 'string' ? toBytes(piece) : ''));
  const text = fromBytes(all.join(''));
  if (text !== undefined) return text;
  const cut = pieces.find((piece) => typeof piece !== 'string') as Expression;
  throw new Fault({
    fault: 'split-character',
    message: `expression of "${cut.name}" cuts a character in two: the result is not UTF-8`,
    suggestion: 'offsets, lengths and ? count bytes; a character outside ASCII has several',
    variable: cut.name,
    offset: cut.offset,
  });
}
