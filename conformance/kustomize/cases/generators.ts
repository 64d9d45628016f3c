import { configMap, deployment, secret } from '../objects.ts';
import { type Area, area, type Case, join } from '../tree.ts';

const FILES = {
  'app.env': 'A=1\nB=two words\n# comment\n\n  C=indented\nD\nE=a=b\nF="quoted"\n',
  'app.properties': 'a=1\nb: 2\n',
  'empty.txt': '',
  'line.txt': 'one line, no break',
  'nested/deep.conf': 'x {\n  y;\n}\n',
  'windows.txt': 'a\r\nb\r\n',
  'unicode.txt': 'é 日本 😀\n',
  'config.json': '{"b": 1, "a": [1, 2]}\n',
};

/** What a generator's entry can hold, for ConfigMaps and Secrets alike. */
const ENTRIES: Readonly<Record<string, string>> = {
  nothing: '',
  'one literal': 'literals: [a=1]',
  'literals in order': 'literals: [z=1, b=2, a=3]',
  'literal without a value': 'literals: ["a="]',
  'literal with equals signs': 'literals: ["a=b=c=d"]',
  'literal in double quotes': `literals: ['a="b c"']`,
  'literal in single quotes': `literals: ["a='b c'"]`,
  'literal with one quote': `literals: ["a='b", 'c="d']`,
  'literal with line breaks': 'literals: ["a=b\\nc\\n"]',
  'literal with blanks around': 'literals: ["a= b ", " c=d"]',
  'literal that needs quotes': 'literals: [a=yes, "b=1", "c=a: b", "d=#x", "e=", "f=null"]',
  'literal beyond ASCII': 'literals: ["a=é", "b=😀", "c=\\u2028"]',
  'literal with signs of HTML': 'literals: ["a=<b>&c</b>"]',
  'literal with control characters': 'literals: ["a=\\tb\\u0007"]',
  'literal without equals sign': 'literals: [a]',
  'literal without a key': 'literals: ["=a"]',
  'literal twice': 'literals: [a=1, a=2]',
  'literal with an odd key': 'literals: ["a b=1"]',
  'literal with a slash in the key': 'literals: ["a/b=1"]',
  'literal with a dotted key': 'literals: ["a.b-c_d=1"]',
  'literal of JavaScript': 'literals: ["__proto__=1", "constructor=2"]',
  'literal is a number': 'literals: [1]',
  'literals are a text': 'literals: a=1',
  'a long literal': `literals: ["a=${'0123456789'.repeat(20)}"]`,
  'a long literal of words': `literals: ["a=${'word '.repeat(30)}end"]`,
  file: 'files: [app.properties]',
  'file with a key': 'files: [app.conf=app.properties]',
  'file in a folder': 'files: [nested/deep.conf]',
  'files in order': 'files: [unicode.txt, app.properties, config.json]',
  'empty file': 'files: [empty.txt]',
  'file without a final break': 'files: [line.txt]',
  'file with carriage returns': 'files: [windows.txt]',
  'file twice': 'files: [app.properties, app.properties]',
  'file that is missing': 'files: [missing.txt]',
  'file with two equals signs': 'files: [a=b=app.properties]',
  'file without a key before the sign': 'files: ["=app.properties"]',
  'file without a path after the sign': 'files: ["a="]',
  'a folder as a file': 'files: [nested]',
  'file above the root': 'files: [../x]',
  envs: 'envs: [app.env]',
  'envs that are missing': 'envs: [missing.env]',
  env: 'env: app.env',
  'env and envs': 'env: app.env\n  envs: [app.properties]',
  'everything at once': 'envs: [app.env]\n  files: [app.properties]\n  literals: [lit=1]',
  'key of a literal and of a file': 'files: [a=app.properties]\n  literals: [a=1]',
  'key of a literal and of an env file': 'envs: [app.env]\n  literals: [A=1]',
  namespace: 'namespace: prod\n  literals: [a=1]',
  'no hash': 'literals: [a=1]\n  options: {disableNameSuffixHash: true}',
  options: 'literals: [a=1]\n  options:\n    labels: {l: "1"}\n    annotations: {a: x}\n    immutable: true',
  'immutable false': 'literals: [a=1]\n  options: {immutable: false}',
  'option unknown': 'literals: [a=1]\n  options: {hash: true}',
  'field unknown': 'literal: [a=1]',
  'behavior create': 'behavior: create\n  literals: [a=1]',
  'behavior merge of nothing': 'behavior: merge\n  literals: [a=1]',
  'behavior replace of nothing': 'behavior: replace\n  literals: [a=1]',
  'behavior unknown': 'behavior: update\n  literals: [a=1]',
};

const entries: Record<string, Case> = {};
for (const [name, entry] of Object.entries(ENTRIES)) {
  for (const kind of ['configMap', 'secret']) {
    entries[`${kind}: ${name}`] = `${kind}Generator:\n- name: gen\n${entry === '' ? '' : `  ${entry}\n`}`;
  }
}

const merges: Record<string, Case> = {};
const BASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a generated one': {
    'base/kustomization.yaml':
      'configMapGenerator:\n- name: gen\n  literals: [a=1, b=2]\n  options: {labels: {l: base, m: base}, annotations: {x: base}}\n',
  },
  'a generated one without hash': {
    'base/kustomization.yaml':
      'configMapGenerator:\n- name: gen\n  literals: [a=1, b=2]\n  options: {disableNameSuffixHash: true}\n',
  },
  'a plain one': {
    'base/kustomization.yaml': 'resources: [cm.yaml]\n',
    'base/cm.yaml': configMap('gen', '  labels: {l: base}\ndata:\n  a: "1"\n  b: "2"\nimmutable: true\n'),
  },
  'one with a prefix': {
    'base/kustomization.yaml': 'namePrefix: p-\nconfigMapGenerator:\n- name: gen\n  literals: [a=1]\n',
  },
};
for (const [what, files] of Object.entries(BASES)) {
  for (const behavior of ['create', 'merge', 'replace']) {
    merges[`${behavior} over ${what}`] = {
      ...files,
      'kustomization.yaml': `resources: [base]\nconfigMapGenerator:\n- name: gen\n  behavior: ${behavior}\n  literals: [b=new, c=3]\n  options: {labels: {l: over, o: over}}\n`,
    };
    merges[`${behavior} without hash over ${what}`] = {
      ...files,
      'kustomization.yaml': `resources: [base]\nconfigMapGenerator:\n- name: gen\n  behavior: ${behavior}\n  literals: [c=3]\n  options: {disableNameSuffixHash: true}\n`,
    };
  }
}

const secretKustomization = (rest: string): string => `secretGenerator:\n- name: gen\n  ${rest}\n`;

export const GENERATOR_CASES: Area = join(
  area(FILES, entries),
  area({}, merges),
  area(FILES, {
    'secret with a type': secretKustomization(
      'type: kubernetes.io/tls\n  files: [tls.crt=line.txt, tls.key=app.properties]',
    ),
    'secret with an empty type': secretKustomization('type: ""\n  literals: [a=1]'),
    'secret with long data': secretKustomization(
      `literals: ["a=${'x'.repeat(53)}", "b=${'x'.repeat(52)}", "c=${'x'.repeat(200)}"]`,
    ),
    'secret merged over one with a type': {
      'base/kustomization.yaml':
        'secretGenerator:\n- name: gen\n  type: kubernetes.io/basic-auth\n  literals: [username=a, password=b]\n  options: {immutable: true}\n',
      'kustomization.yaml':
        'resources: [base]\nsecretGenerator:\n- name: gen\n  behavior: merge\n  literals: [password=c]\n',
    },
    'secret merged over a plain one': {
      's.yaml': secret('gen', 'type: Opaque\ndata:\n  a: MQ==\n'),
      'kustomization.yaml':
        'resources: [s.yaml]\nsecretGenerator:\n- name: gen\n  behavior: merge\n  literals: [b=2]\n',
    },
    'no name': 'configMapGenerator:\n- literals: [a=1]\n',
    'two of a name': 'configMapGenerator:\n- name: a\n  literals: [a=1]\n- name: a\n  literals: [b=2]\n',
    'two of a name in different namespaces':
      'configMapGenerator:\n- name: a\n  namespace: x\n  literals: [a=1]\n- name: a\n  namespace: y\n  literals: [b=2]\n',
    'the same name as a resource': {
      'cm.yaml': configMap('a'),
      'kustomization.yaml': 'resources: [cm.yaml]\nconfigMapGenerator:\n- name: a\n  literals: [a=1]\n',
    },
    generatorOptions:
      'generatorOptions:\n  labels: {g: "1", l: g}\n  annotations: {x: "1"}\n  immutable: true\nconfigMapGenerator:\n- name: a\n  literals: [a=1]\n- name: b\n  options: {labels: {l: own}}\n  literals: [b=1]\nsecretGenerator:\n- name: c\n  literals: [c=1]\n',
    'generatorOptions without hash':
      'generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator:\n- name: a\n  literals: [a=1]\n- name: b\n  options: {disableNameSuffixHash: false}\n  literals: [b=1]\n',
    'generatorOptions do not reach bases': {
      'base/kustomization.yaml': 'configMapGenerator:\n- name: a\n  literals: [a=1]\n',
      'kustomization.yaml': 'resources: [base]\ngeneratorOptions: {disableNameSuffixHash: true, labels: {x: "1"}}\n',
    },
    'generatorOptions null': 'generatorOptions:\nconfigMapGenerator:\n- name: a\n',
    'references follow the hash': {
      'd.yaml': deployment('web'),
      'kustomization.yaml':
        'resources: [d.yaml]\nconfigMapGenerator:\n- name: settings\n  literals: [level=debug]\nsecretGenerator:\n- name: credentials\n  literals: [password=x]\n',
    },
    'references from above follow a base': {
      'd.yaml': deployment('web'),
      'base/kustomization.yaml': 'configMapGenerator:\n- name: settings\n  literals: [level=debug]\n',
      'kustomization.yaml': 'resources: [d.yaml, base]\nnamePrefix: p-\n',
    },
    'the hash counts what patches do': {
      'kustomization.yaml':
        'configMapGenerator:\n- name: a\n  literals: [x=1]\npatches:\n- patch: \'[{"op": "replace", "path": "/data/x", "value": "2"}]\'\n  target: {kind: ConfigMap}\n',
    },
    'a flow list that is no JSON is no patch': {
      'kustomization.yaml':
        'configMapGenerator:\n- name: a\n  literals: [x=1]\npatches:\n- patch: "[{op: remove, path: /data/x}]"\n  target: {kind: ConfigMap}\n',
    },
    'a label that YAML 1.1 reads as false, merged': {
      'base/kustomization.yaml': 'configMapGenerator:\n- name: gen\n  literals: [a=1]\n',
      'kustomization.yaml':
        'resources: [base]\nconfigMapGenerator:\n- name: gen\n  behavior: merge\n  options: {labels: {n: over}}\n',
    },
    'the hash does not count labels':
      'commonLabels: {a: b}\nnamespace: n\nconfigMapGenerator:\n- name: a\n  literals: [x=1]\n',
    'a hash asked for by annotation': {
      'cm.yaml': configMap(
        'a',
        '  annotations: {internal.config.kubernetes.io/needsHashSuffix: enabled}\ndata: {x: "1"}\n',
      ),
      'kustomization.yaml': 'resources: [cm.yaml]\n',
    },
    'values of other types in the hash': {
      'kustomization.yaml':
        'configMapGenerator:\n- name: a\n  literals: [x=1]\npatches:\n- patch: |-\n    - {op: add, path: /data/n, value: 1}\n    - {op: add, path: /data/f, value: 1.5}\n    - {op: add, path: /data/b, value: true}\n  target: {kind: ConfigMap}\n',
    },
    'data removed by a patch': {
      'kustomization.yaml':
        'configMapGenerator:\n- name: a\n  literals: [x=1]\npatches:\n- patch: \'[{"op": "remove", "path": "/data"}]\'\n  target: {kind: ConfigMap}\n',
    },
    'three layers of merges': {
      'a/kustomization.yaml': 'configMapGenerator:\n- name: c\n  literals: [x=1, y=1]\n',
      'b/kustomization.yaml':
        'resources: [../a]\nnamePrefix: b-\nconfigMapGenerator:\n- name: c\n  behavior: merge\n  literals: [x=2, z=2]\n',
      'kustomization.yaml':
        'resources: [b]\nnameSuffix: -s\nconfigMapGenerator:\n- name: c\n  behavior: merge\n  literals: [x=3]\n',
    },
    'merge names the changed name': {
      'a/kustomization.yaml': 'namePrefix: a-\nconfigMapGenerator:\n- name: c\n  literals: [x=1]\n',
      'kustomization.yaml': 'resources: [a]\nconfigMapGenerator:\n- name: a-c\n  behavior: merge\n  literals: [y=2]\n',
    },
    'merge in a namespace': {
      'a/kustomization.yaml': 'namespace: n\nconfigMapGenerator:\n- name: c\n  literals: [x=1]\n',
      'kustomization.yaml':
        'resources: [a]\nconfigMapGenerator:\n- name: c\n  namespace: n\n  behavior: merge\n  literals: [y=2]\n',
    },
    'an env file with a byte order mark': {
      'b.env': '\ufeffA=1\nB=2\n',
      'kustomization.yaml': 'configMapGenerator:\n- name: a\n  envs: [b.env]\n',
    },
    'an env file with blanks': {
      'b.env': 'A=1  \n\tB=2\nC = 3\n=4\n',
      'kustomization.yaml': 'configMapGenerator:\n- name: a\n  envs: [b.env]\n',
    },
    'an env file without a key': {
      'b.env': '=4\n',
      'kustomization.yaml': 'configMapGenerator:\n- name: a\n  envs: [b.env]\n',
    },
    'an env file with a key twice': {
      'b.env': 'A=1\nA=2\n',
      'kustomization.yaml': 'configMapGenerator:\n- name: a\n  envs: [b.env]\n',
    },
    'an env file with carriage returns': {
      'b.env': 'A=1\r\nB=2\r\n',
      'kustomization.yaml': 'configMapGenerator:\n- name: a\n  envs: [b.env]\n',
    },
    'an env file with an odd key': {
      'b.env': 'A B=1\nc.d=2\n9=3\n',
      'kustomization.yaml': 'configMapGenerator:\n- name: a\n  envs: [b.env]\n',
    },
  }),
);
