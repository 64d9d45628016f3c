/** The text of a patch: what no server would ever take is refused before anything waits for it. */
import { isJsonArray, isJsonObject, type JsonPath, own } from '@stageset/k8s';
import type { LooseAction } from './actions.ts';
import type { Report } from './rule.ts';

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const;

export function checkPatch(action: NonNullable<LooseAction['patch']>, at: JsonPath, report: Report): void {
  const { target, patch, type } = action;
  const { matchLabels = {}, matchExpressions = [] } = target?.selector ?? {};
  const isEmpty = Object.keys(matchLabels).length + matchExpressions.length === 0;
  if (target?.selector !== undefined && isEmpty) {
    const message = 'selects everything of its kind, which is not taken for what is meant';
    report([...at, 'target', 'selector'], { message, fix: 'set matchLabels or matchExpressions, or target.name' });
  }
  if (patch === undefined) return;
  const content = parse(patch);
  if (content === undefined) {
    report([...at, 'patch'], { message: 'is not JSON', fix: 'write the patch as JSON, not as YAML' });
  } else if (type === 'json6902') {
    checkOperations(content, [...at, 'patch'], report);
  } else if (!isJsonObject(content)) {
    const fix = isJsonArray(content) ? 'set type: json6902 for a list of operations' : 'write a JSON object';
    report([...at, 'patch'], { message: 'is no merge patch: that is a JSON object', fix });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkOperations(content: unknown, at: JsonPath, report: Report): void {
  if (!isJsonArray(content) || content.length === 0) {
    const fix = 'write [{"op": "replace", "path": "/spec/replicas", "value": 2}]';
    report(at, { message: 'is no list of JSON patch operations', fix });
    return;
  }
  for (const [i, operation] of content.entries()) {
    const wrong = faultOf(operation);
    if (wrong === undefined) continue;
    report(at, { message: `cannot be applied: operation ${i} ${wrong}`, fix: 'correct it, as RFC 6902 has it' });
  }
}

function faultOf(operation: unknown): string | undefined {
  if (!isJsonObject(operation)) return 'is not an object';
  const [op, path, from] = [own(operation, 'op'), own(operation, 'path'), own(operation, 'from')];
  if (!OPERATIONS.some((known) => known === op)) return `has no op of ${OPERATIONS.join(', ')}`;
  if (!isPointer(path)) return 'has no path that begins with /';
  if ((op === 'move' || op === 'copy') && !isPointer(from)) return `is a ${op} without a from that begins with /`;
  const needsValue = op === 'add' || op === 'replace' || op === 'test';
  return needsValue && !Object.hasOwn(operation, 'value') ? `is a ${String(op)} without a value` : undefined;
}

function isPointer(path: unknown): boolean {
  return typeof path === 'string' && (path === '' || path.startsWith('/'));
}
