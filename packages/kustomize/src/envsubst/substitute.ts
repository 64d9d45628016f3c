import { applyOperator, FunctionError, isDefault } from './functions.ts';
import { GlobBudgetError } from './glob.ts';
import { type Node, parseTemplate, TemplateError } from './syntax.ts';

export interface SubstituteOptions {
  /** Whether an undefined variable without a default is an error (else it is empty). */
  readonly strict: boolean;
  /** Characters that the result may have. */
  readonly maxLength: number;
}

/** An expression that cannot be evaluated. `variable` is set when one is the cause; no value is in the message. */
export class SubstitutionError extends TemplateError {
  readonly variable: string | undefined;
  constructor(message: string, offset: number, variable?: string) {
    super(message, offset);
    this.variable = variable;
  }
}

/**
 * Replaces `${name}` expressions and `$$` in a text, exactly as Flux's envsubst.
 *
 * @throws TemplateError for expressions that do not parse, SubstitutionError for those that have no value.
 */
export function substitute(text: string, variables: ReadonlyMap<string, string>, options: SubstituteOptions): string {
  if (!text.includes('$')) return text;
  return new Evaluation(variables, options).all(parseTemplate(text));
}

class Evaluation {
  private readonly variables: ReadonlyMap<string, string>;
  private readonly options: SubstituteOptions;

  constructor(variables: ReadonlyMap<string, string>, options: SubstituteOptions) {
    this.variables = variables;
    this.options = options;
  }

  all(nodes: readonly Node[]): string {
    let out = '';
    for (const node of nodes) {
      out += this.one(node);
      if (out.length > this.options.maxLength) {
        const offset = node.type === 'expression' ? node.offset : 0;
        throw new SubstitutionError(
          `the substituted text is longer than ${this.options.maxLength} characters (limit outputBytes)`,
          offset,
        );
      }
    }
    return out;
  }

  private one(node: Node): string {
    if (node.type === 'text') return node.text;
    const args = node.args.map((arg) => this.one(arg));
    const value = this.variables.get(node.name);
    if (value === undefined && this.options.strict && !isDefault(node.operator)) {
      throw new SubstitutionError(`variable not set (strict mode): "${node.name}"`, node.offset, node.name);
    }
    try {
      return applyOperator(node.operator, value ?? '', args);
    } catch (error) {
      if (error instanceof FunctionError || error instanceof GlobBudgetError) {
        throw new SubstitutionError(error.message, node.offset, node.name);
      }
      throw error;
    }
  }
}
