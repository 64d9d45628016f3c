import { build, buildStage, toYaml } from '../build.ts';

/** Names that sort differently from locale to locale, a date, and letters whose case depends on the language. */
const TREE: Readonly<Record<string, string>> = {
  'kustomization.yaml':
    'resources: [app, base]\ncomponents: [c]\nnamePrefix: İ-\nnamespace: ns\nlabels: [{pairs: {ä: x, z: w, I: i}, includeSelectors: true}]\n' +
    'configMapGenerator: [{name: cm, files: [ä.txt, z.txt, I.txt, ı.txt], literals: [b=1, B=2, a10=3, a2=4]}]\n' +
    'patches: [{target: {kind: Deployment, name: "(?i)WEB"}, patch: "- {op: add, path: /spec/x, value: 2024-03-31T02:30:00Z}"}]\n' +
    'sortOptions: {order: legacy}\n',
  'ä.txt': 'ä',
  'z.txt': 'z',
  'I.txt': 'I',
  'ı.txt': 'ı',
  'app/kustomization.yaml': 'resources: [d.yaml, e.yaml]\nnameSuffix: -a\n',
  'app/d.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, creationTimestamp: 2024-10-27T02:30:00}\nspec: {day: 2024-03-31, n: 1e21, template: {spec: {volumes: [{name: v, configMap: {name: cm}}]}}}\n',
  'app/e.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web, annotations: {z: "1", ä: "2", Z: "3", _: "4"}}\n',
  'base/kustomization.yaml': 'resources: [r.yaml]\n',
  'base/r.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: öl}\ndata: {i: "İ", I: "ı", "10": x, "9": y}\n',
  'c/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [s.yaml]\n',
  'c/s.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: "${V^^} ${V,,}"}\n',
};

const BROKEN: Readonly<Record<string, string>> = {
  'kustomization.yaml': 'resources: [appp.yaml, bas, other.yml]\nresourcez: []\n',
  ...Object.fromEntries(
    ['app.yaml', 'appq.yaml', 'base/k.yaml', 'bass/k.yaml', 'x/other.yml', 'y/other.yml'].map((p) => [p, '']),
  ),
};
const UNFOUND: Readonly<Record<string, string>> = {
  ...BROKEN,
  'kustomization.yaml': 'resources: [appp.yaml, bas, other.yml]\n',
};

/** All that the engine says of these trees, as one text. */
export function everything(entries: (tree: Readonly<Record<string, string>>) => [string, string][]): string {
  const built = build(new Map(entries(TREE)));
  const stage = buildStage(new Map(entries(TREE)), { variables: new Map([['V', 'iıİI']]) });
  if (!built.ok || !stage.ok) throw new Error(JSON.stringify([built, stage]));
  const failures = [BROKEN, UNFOUND].map((tree) => build(new Map(entries(tree))));
  return JSON.stringify([toYaml(built), toYaml(stage), built.warnings, stage.warnings, failures]);
}
