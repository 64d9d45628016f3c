/** Letters that Kubernetes makes up names from. */
const SAFE = '[bcdfghjklmnpqrstvwxz2456789]';

/**
 * What two runs of one command on one cluster may differ in, and what stands for it. Nothing else is changed: what a rule
 * does not name is compared byte for byte.
 */
const RULES: readonly (readonly [what: RegExp, placeholder: string])[] = [
  // Tokens of accounts.
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '{token}'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '{uid}'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| [+-]\d{4}(?: \w+)?)/g, '{time}'],
  [/\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '{time}'],
  [/https:\/\/(?:127\.0\.0\.1|localhost):\d+/g, '{server}'],
  [/\b(?:10|127)\.\d+\.\d+\.\d+\b/g, '{ip}'],
  [/(Resource Version: +)\d+/g, '$1{version}'],
  [/(resourceVersion\\?"?[:=] ?)\\?"?\d+\\?"?/g, '$1{version}'],
  [/\b3[0-2]\d{3}\b/g, '{nodePort}'],
  [/https:\/\/kubernetes\.default\.svc[.\w]*/g, '{issuer}'],
  [/(resource version to be 1, was )\d+/g, '$1{version}'],
  // Where the simulated kubelets say that they and their images are.
  [/^(Node: +)\S+/gm, '$1{node}'],
  [/^( +Image ID:).*/gm, '$1 {image}'],
  // Files of `kubectl edit` and `kubectl diff`, and the folder that the case runs in.
  [/\S*\/kubectl-edit-\d+\.yaml/g, '{file}'],
  [/\S*\/(LIVE|MERGED)-\d+\//g, '{$1}/'],
  // Names that end in random letters, hashes of pod templates, minutes of cron jobs.
  [new RegExp(`((?:template-|revision-|kubernetes\\.io/)hash[:=] ?)(?:[a-z0-9]+-)?${SAFE}+`, 'g'), '$1{hash}'],
  [new RegExp(`-${SAFE}{8,10}-${SAFE}{5}(?![\\w-])`, 'g'), '-{hash}-{letters}'],
  [new RegExp(`-${SAFE}{8,10}(?![\\w-])`, 'g'), '-{hash}'],
  [new RegExp(`-\\d{8}-${SAFE}{5}(?![\\w-])`, 'g'), '-{minute}-{letters}'],
  [/-\d{8}(?![\w-])/g, '-{minute}'],
  [new RegExp(`-${SAFE}{5}(?![\\w-])`, 'g'), '-{letters}'],
  // Which node a pod comes to.
  [/\bnode-[012]\b/g, '{node}'],
  [/\blocal-[012]\b/g, '{zone}'],
  // Ages and durations, in columns and in words.
  [/(?<=\s{2}|\(|Duration: +)(?:\d+[ydhms]){1,2}(?=\s|$|\)| ago)/gm, '{age}'],
];

/** Lines that come as often as there is time for them. */
const PROGRESS = /^(?:Waiting for .*|evicting pod .*)\n/gm;
/** Nodes of the real cluster are simulated, and write no events. */
const KUBELET_EVENTS = /^ {2}(?:Normal|Warning) +\w+ +\S.* kubelet +.*\n/gm;
/** How a value moves what stands beside it: the padding of columns, once a value on the page has been replaced. */
const PADDING = /(?<=\S)(?<!^ *[-+])(?: {2,}|\t+)/gm;

/** Explanations of kinds and fields: prose that only the names and types of fields are kept of. */
const EXPLANATION = /^(?:GROUP|KIND): /;
const FIELD = /^ {2,}\S+\t|^\s+enum: /;

function withoutProse(text: string): string {
  if (!EXPLANATION.test(text)) return text;
  const lines: string[] = [];
  let isProse = false;
  for (const line of text.split('\n')) {
    if (/^[A-Z]+/.test(line)) isProse = line.startsWith('DESCRIPTION') || line.startsWith('FIELDS');
    if (/^[A-Z]/.test(line) || (isProse ? FIELD.test(line) : line !== '')) lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

/** The output of a command without what differs between two runs of it. */
export function normalOutput(output: string, names: ReadonlyMap<string, string>): string {
  let text = withoutProse(output).replace(PROGRESS, '').replace(KUBELET_EVENTS, '');
  for (const [name, placeholder] of names) text = text.replaceAll(name, placeholder);
  let replaced = text;
  for (const [what, placeholder] of RULES) replaced = replaced.replace(what, placeholder);
  if (replaced === text) return text;
  return replaced.replace(PADDING, '  ').replace(/[ \t]+$/gm, '');
}
