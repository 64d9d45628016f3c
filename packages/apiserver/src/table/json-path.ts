import { isJsonArray, isJsonObject, own } from '@stageset/k8s';

type Step = (value: unknown) => readonly unknown[];

/** Steps one path may have. */
const MAX_STEPS = 64;

const FIELD = /^\.((?:[^.[\]\\]|\\.)+)/;
const QUOTED = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const ALL = /^(?:\[\*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@\.([\w.-]+)\s*(?:(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))?\s*\)\]/;

/**
 * The part of Kubernetes' JSONPath that printer columns use: fields, indices, `[*]`, and filters that compare one field,
 * as in `.status.conditions[?(@.type=="Ready")].status`. A path that is none of these finds nothing.
 */
export function compileJsonPath(path: string): (root: unknown) => readonly unknown[] {
  const steps = parse(path);
  if (steps === undefined) return () => [];
  return (root) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [root]);
}

function parse(path: string): readonly Step[] | undefined {
  let rest = path.replace(/^\{|\}$/g, '').replace(/^\$/, '');
  if (rest !== '' && !/^[.[]/.test(rest)) rest = `.${rest}`;
  const steps: Step[] = [];
  while (rest !== '' && rest !== '.') {
    if (steps.length === MAX_STEPS) return undefined;
    const next = nextStep(rest);
    if (next === undefined) return undefined;
    steps.push(next.step);
    rest = rest.slice(next.length);
  }
  return steps;
}

function nextStep(rest: string): { readonly step: Step; readonly length: number } | undefined {
  const all = ALL.exec(rest);
  if (all !== null) return { step: members, length: all[0].length };
  const filter = FILTER.exec(rest);
  if (filter !== null) return { step: filterStep(filter), length: filter[0].length };
  const index = INDEX.exec(rest);
  if (index !== null) return { step: at(Number(index[1])), length: index[0].length };
  const name = FIELD.exec(rest) ?? QUOTED.exec(rest);
  if (name === null) return undefined;
  const key = (name[1] ?? name[2] ?? '').replaceAll(/\\(.)/g, '$1');
  return { step: field(key), length: name[0].length };
}

function field(key: string): Step {
  return (value) => {
    const found = isJsonObject(value) ? own(value, key) : undefined;
    return found === undefined ? [] : [found];
  };
}

function at(index: number): Step {
  return (value) => {
    const found = isJsonArray(value) ? value.at(index) : undefined;
    return found === undefined ? [] : [found];
  };
}

const members: Step = (value) => {
  if (isJsonArray(value)) return value;
  return isJsonObject(value) ? Object.values(value) : [];
};

function filterStep([, path = '', operator, double, single, bare]: RegExpExecArray): Step {
  const steps = path.split('.').map(field);
  const wanted = double ?? single ?? bare;
  const holds = (item: unknown): boolean => {
    const [found] = steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [item]);
    if (operator === undefined) return found !== undefined;
    if (found === undefined) return false;
    return (String(found) === wanted) === (operator === '==');
  };
  return (value) => (isJsonArray(value) ? value.filter(holds) : []);
}
