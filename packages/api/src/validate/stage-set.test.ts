import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VALID } from '../every-field.fixture.ts';
import { formatProblem } from '../problem.ts';
import { type Definition, STAGE_SET_SPEC } from '../schema/definition.ts';
import { parseStageSet, validateStageSet } from './stage-set.ts';

describe('what is valid', () => {
  for (const stageSet of VALID) test(stageSet.metadata.name, () => expect(validateStageSet(stageSet)).toEqual([]));

  test('the fixtures set every field of the spec', () => {
    // Shapes such as that of an action stand in several places; once each is enough.
    const shown = new Set(VALID.flatMap((stageSet) => [...pairsOf(stageSet.spec, 'spec')]));
    const missing = fieldsOf(STAGE_SET_SPEC, 'spec')
      .map((field) => field.replaceAll('.*', '').split('.').slice(-2).join('.'))
      .filter((pair) => !shown.has(pair.replace(ACTION_LISTS, 'action.')));
    expect(missing).toEqual([]);
  });

  const accepted: readonly { name: string; spec: Record<string, unknown> }[] = [
    {
      name: 'null for a default of the server',
      spec: { stages: [{ name: 'app', sourceRef: { name: 'app' }, conflictPolicy: { default: null } }] },
    },
    { name: 'durations that Go takes', spec: { interval: '-1.5h', retryInterval: '0', timeout: '1h2m3.5s4ms5us6ns' } },
    {
      name: 'an empty version value beside another source',
      spec: { version: { value: '', fromArtifact: { stage: 'app', path: 'VERSION' } } },
    },
    {
      name: 'schedules with a zone or a descriptor',
      spec: {
        updateWindows: [
          { type: 'Allow', schedule: 'CRON_TZ=Asia/Tokyo 0 1 * * ?', duration: '1h' },
          { type: 'Deny', schedule: '@daily', duration: '1h' },
        ],
      },
    },
  ];
  for (const { name, spec } of accepted) test(name, () => expect(validateStageSet(manifest(spec))).toEqual([]));

  test('a name that the API server will generate', () => {
    expect(validateStageSet({ ...manifest({}), metadata: { generateName: 'app-' } })).toEqual([]);
  });
});

const ACTION_LISTS = /^(actions|down|onRollback|pre|post|onFailure)\./;

const app = { name: 'app', sourceRef: { name: 'app' } };

function manifest(spec: Record<string, unknown>) {
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageSet',
    metadata: { name: 'example', namespace: 'releases' },
    spec: { stages: [app], ...spec },
  };
}

/** One stage beside a sound one, with the fields given. */
function withStage(stage: Record<string, unknown>) {
  return manifest({ stages: [{ ...app, ...stage }] });
}

function withAction(action: Record<string, unknown>, list = 'pre') {
  return withStage({ actions: { [list]: [{ name: 'act', ...action }] } });
}

const wait = { wait: { duration: '1s' } };
const metric = { prometheus: { address: 'http://prometheus', query: 'up' } };

const REFUSED: readonly { name: string; given: unknown; want: readonly string[] }[] = [
  {
    name: 'something else than an object',
    given: 'hello',
    want: [' a StageSet is a map of fields: write apiVersion, kind, metadata and spec'],
  },
  {
    name: 'nothing at all',
    given: {},
    want: [
      'apiVersion is missing: set it: the version of this API',
      'kind is missing: set it: the kind of the object',
      'spec is missing: set it: what is to be delivered, in which order, and under which conditions',
      'metadata.name is missing: name the StageSet',
    ],
  },
  {
    name: 'an unknown field, with the one that was meant',
    given: withStage({ prun: true }),
    want: [
      expect.stringMatching(
        /^spec\.stages\[0\]\.prun is not a known field \(allowed: name, .*\): did you mean prune\?$/,
      ),
    ],
  },
  {
    name: 'keys that are properties of every JavaScript object',
    given: JSON.parse(
      '{"apiVersion":"stages.metio.wtf/v1","kind":"StageSet","metadata":{"name":"a"},"spec":{"__proto__":{},"constructor":1,"stages":[{"name":"a","sourceRef":{"name":"a"}}]}}',
    ),
    want: [
      expect.stringContaining('spec.__proto__ is not a known field'),
      expect.stringContaining('spec.constructor is not a known field'),
    ],
  },
  {
    name: 'wrong types, each with how to write it',
    given: manifest({
      interval: 600,
      suspend: 'yes',
      dependsOn: 'platform',
      stages: [{ ...app, postBuild: { substitute: { port: 8080 } } }],
    }),
    want: [
      'spec.stages[0].postBuild.substitute.port is a whole number, but must be a string (found 8080): put it in quotes: "8080"',
      'spec.interval is a whole number, but must be a string (found 600): put it in quotes: "600"',
      'spec.suspend is a string, but must be true or false (found "yes"): write true or false, without quotes',
      'spec.dependsOn is a string, but must be a list (found "platform"): write a list: each item on a line of its own that begins with a dash',
    ],
  },
  {
    name: 'a field without a value, as a forgotten one in YAML',
    given: manifest({ interval: null }),
    want: ['spec.interval has no value: give it a value, or take it out'],
  },
  {
    name: 'durations that Go refuses',
    given: manifest({ interval: '10', timeout: '5 minutes' }),
    want: [
      'spec.interval is not a duration (time: missing unit in duration "10") (found "10"): give it a unit, such as 10s',
      'spec.timeout is not a duration (time: unknown unit " minutes" in duration "5 minutes") (found "5 minutes"): write a duration such as 90s, 5m or 1h30m',
    ],
  },
  {
    name: 'a word that is not allowed',
    given: manifest({ onTimeout: 'hold' }),
    want: [
      'spec.onTimeout is not one of the allowed values (found "hold"; allowed: Hold, Rollback): did you mean Hold?',
    ],
  },
  {
    name: 'a name of the StageSet that is too long for a label',
    given: { ...manifest({}), metadata: { name: 'a'.repeat(64) } },
    want: [expect.stringMatching(/^metadata\.name cannot be the value of a label: it must be no more than 63 bytes/)],
  },
  {
    name: 'no stages',
    given: manifest({ stages: [] }),
    want: ['spec.stages is empty: give at least one item'],
  },
  {
    name: 'names of stages: missing, malformed, too long, twice',
    given: manifest({
      stages: [{ sourceRef: { name: 'a' } }, { ...app, name: 'My_App' }, { ...app, name: 'b'.repeat(64) }, app, app],
    }),
    want: [
      expect.stringMatching(/^spec\.stages\[0\]\.name is missing: set it: name of the stage/),
      'spec.stages[1].name is not a name (found "My_App"): use lower-case letters, digits and dashes, with a letter or digit at both ends',
      expect.stringMatching(/^spec\.stages\[2\]\.name has 64 characters, more than 63/),
      'spec.stages[4].name is the same as that of item 3 of the list, but must be unique (found "app"): give it another name, or take one of the two out',
    ],
  },
  {
    name: 'a producer without API version',
    given: withStage({ sourceRef: { kind: 'JsonnetSnippet', name: 'app' } }),
    want: [
      'spec.stages[0].sourceRef.apiVersion is missing: JsonnetSnippet is a producer, whose ExternalArtifact is found by its API group: set the apiVersion of JsonnetSnippet',
    ],
  },
  {
    name: 'a misspelt kind of source',
    given: withStage({ sourceRef: { kind: 'GitRepo', name: 'app' } }),
    want: [expect.stringContaining('spec.stages[0].sourceRef.apiVersion is missing')],
  },
  {
    name: 'a kind of source in the wrong case',
    given: withStage({ sourceRef: { kind: 'OciRepository', name: 'app' } }),
    want: [expect.stringMatching(/^spec\.stages\[0\]\.sourceRef\.kind .*: did you mean OCIRepository\?$/)],
  },
  {
    name: 'a path out of the artifact',
    given: withStage({ path: 'deploy/../../secrets' }),
    want: [expect.stringContaining('spec.stages[0].path leads out of the artifact')],
  },
  {
    name: 'times that are none',
    given: withAction({ timeout: '1x', wait: { duration: '5 minutes' } }),
    want: [
      expect.stringContaining(
        'spec.stages[0].actions.pre[0].timeout is not a duration (time: unknown unit "x" in duration "1x") (found "1x"): write a duration such as',
      ),
      expect.stringContaining('spec.stages[0].actions.pre[0].wait.duration is not a duration'),
    ],
  },
  {
    name: 'a verb that there is not',
    given: withAction({ fly: {} }),
    want: [
      expect.stringContaining('spec.stages[0].actions.pre[0] sets none of patch, http'),
      expect.stringContaining('spec.stages[0].actions.pre[0].fly is not a known field'),
    ],
  },
  {
    name: 'an action without verb',
    given: withAction({}),
    want: [expect.stringContaining('spec.stages[0].actions.pre[0] sets none of patch, http')],
  },
  {
    name: 'an action with two verbs',
    given: withAction({ ...wait, delete: { target: { kind: 'Job', name: 'j' } } }),
    want: [expect.stringContaining('spec.stages[0].actions.pre[0] sets wait and delete, which exclude each other')],
  },
  {
    name: 'a verb of a wrong type is not reported as a missing verb too',
    given: withAction({ wait: '5m' }),
    want: [expect.stringContaining('spec.stages[0].actions.pre[0].wait is a string, but must be a map of fields')],
  },
  {
    name: 'one name in two lists of a stage',
    given: withStage({ actions: { pre: [{ name: 'act', ...wait }], onFailure: [{ name: 'act', ...wait }] } }),
    want: [expect.stringContaining('spec.stages[0].actions.onFailure[0].name is also the name of an action in pre')],
  },
  {
    name: 'scopes where nothing counts by them',
    given: withAction(
      { ...wait, scope: 'Lifetime', completionAnchor: { apiVersion: 'v1', kind: 'Pod', name: 'p' } },
      'onFailure',
    ),
    want: [
      expect.stringContaining('spec.stages[0].actions.onFailure[0].scope is only for actions in pre and post'),
      expect.stringContaining(
        'spec.stages[0].actions.onFailure[0].completionAnchor is only for actions in pre and post',
      ),
    ],
  },
  {
    name: 'scope Version without a version',
    given: withAction({ ...wait, scope: 'Version' }),
    want: [expect.stringContaining('spec.stages[0].actions.pre[0].scope counts by version')],
  },
  {
    name: 'an anchor without scope Lifetime',
    given: withAction({ ...wait, completionAnchor: { apiVersion: 'v1', kind: 'Pod', name: '' } }),
    want: [
      expect.stringContaining('spec.stages[0].actions.pre[0].completionAnchor is only for actions of scope Lifetime'),
      expect.stringContaining('spec.stages[0].actions.pre[0].completionAnchor.name is empty'),
    ],
  },
  {
    name: 'a patch of nothing, a wait for nothing, a URL of another kind',
    given: withStage({
      actions: {
        pre: [
          { name: 'a', patch: { target: { kind: 'Pod' }, patch: '{}' } },
          { name: 'b', wait: { timeout: '1m' } },
          { name: 'c', wait: { expr: 'true' } },
          { name: 'd', http: { url: 'ftp://example.com' } },
        ],
      },
    }),
    want: [
      expect.stringContaining('pre[0].patch.target sets none of name, selector'),
      expect.stringContaining('pre[1].wait says neither how long nor what for'),
      expect.stringContaining('pre[2].wait has an expr that looks at no object'),
      expect.stringContaining('pre[3].http.url is not an http or https URL'),
    ],
  },
  {
    name: 'two clusters, and none',
    given: manifest({ kubeConfig: {} }),
    want: ['spec.kubeConfig sets none of secretRef, configMapRef: set exactly one of secretRef, configMapRef'],
  },
  {
    name: 'versions: none of the sources, and stages that do not exist',
    given: manifest({ version: { value: ' ', allowDowngrade: true } }),
    want: [expect.stringContaining('spec.version sets none of value, fromObject, fromArtifact')],
  },
  {
    name: 'a version from a stage that does not exist',
    given: manifest({ version: { fromArtifact: { stage: 'web', path: 'VERSION' } } }),
    want: [
      'spec.version.fromArtifact.stage names no stage of this StageSet (found "web"; allowed: app): name one of the stages',
    ],
  },
  {
    name: 'something else than a version',
    given: manifest({ version: { value: 'latest' }, dependsOn: [{ name: 'a', minVersion: '>=1' }] }),
    want: [
      'spec.version.value is not a version (found "latest"): write a semantic version such as 1.4.0',
      'spec.dependsOn[0].minVersion is not a version (found ">=1"): write a semantic version such as 1.4.0',
    ],
  },
  {
    name: 'migrations without a version, to nowhere, from a version',
    given: manifest({
      migrations: [
        { name: 'a', to: '2.0.0', from: 'v1.0.0', stage: 'nowhere', actions: [{ name: 'x', retries: 11, ...wait }] },
        { name: 'a', to: '' },
      ],
      migrationsSourceRef: { sourceRef: { name: 'ladder' } },
    }),
    want: [
      expect.stringContaining('spec.migrations needs a version to count by'),
      expect.stringContaining('spec.migrations[0].from is a version, but must be a constraint'),
      expect.stringContaining('spec.migrations[0].stage names no stage and no migrationAnchor'),
      expect.stringContaining('spec.migrations[0].actions[0].retries is too large for a migration'),
      expect.stringContaining('spec.migrations[1].name is the same as that of item 0'),
      expect.stringContaining('spec.migrations[1].to is empty'),
      expect.stringContaining('spec.migrationsSourceRef excludes spec.migrations'),
    ],
  },
  {
    name: 'anchors that collide, migrations of another namespace',
    given: manifest({
      version: { value: '1.0.0' },
      migrationsSourceRef: { sourceRef: { name: 'ladder', namespace: 'elsewhere' } },
      stages: [app, { name: 'web', migrationAnchor: 'app', sourceRef: { name: 'web' } }],
    }),
    want: [
      expect.stringContaining('spec.stages[1].migrationAnchor is also the name or the anchor of another stage'),
      expect.stringContaining('spec.migrationsSourceRef.sourceRef.namespace is another namespace'),
    ],
  },
  {
    name: 'update windows: mixed, half, never, backwards, unreadable',
    given: manifest({
      updateWindows: [
        { type: 'Allow', schedule: '@daily', from: '2030-01-01T00:00:00Z' },
        { type: 'Allow' },
        { type: 'Deny', schedule: '@daily' },
        { type: 'Deny', schedule: 'TZ=UTC', duration: '0s', timeZone: 'Mars/Base' },
        { type: 'Deny', from: '2030-01-02T00:00:00Z', to: '2030-01-01T00:00:00Z' },
        { type: 'Deny', from: '2030-02-31T00:00:00Z', to: 'tomorrow' },
      ],
    }),
    want: [
      expect.stringContaining('updateWindows[0] is both recurring and absolute'),
      expect.stringContaining('updateWindows[1] says neither'),
      expect.stringContaining('updateWindows[2] is only half of a recurring window'),
      expect.stringContaining('updateWindows[3].schedule is not a schedule'),
      expect.stringContaining('updateWindows[3].duration is not above zero'),
      expect.stringContaining('updateWindows[3].timeZone is not a time zone'),
      expect.stringContaining('updateWindows[4].to is not after from'),
      expect.stringContaining('updateWindows[5].from is not an instant'),
      expect.stringContaining('updateWindows[5].to is not an instant'),
    ],
  },
  {
    name: 'error budgets: no source, no numbers, backwards',
    given: manifest({
      errorBudget: { source: {}, freezeThreshold: 'NaN', onSourceError: 'Maybe' },
      stages: [{ ...app, errorBudget: { source: metric, freezeThreshold: '0.5', resumeThreshold: '0.1' } }],
    }),
    want: [
      expect.stringContaining('stages[0].errorBudget.resumeThreshold is below freezeThreshold'),
      expect.stringContaining('spec.errorBudget.source sets none of prometheus, webhook'),
      expect.stringContaining('spec.errorBudget.freezeThreshold is not a number'),
      expect.stringContaining('spec.errorBudget.onSourceError is not one of the allowed values'),
    ],
  },
  {
    name: 'promotion: nothing to end early, no bounds, selectors of everything',
    given: withStage({
      promotion: {
        soak: '-1m',
        analysis: {
          checks: [
            { name: 'a', source: metric, threshold: {} },
            { name: 'a', source: metric, threshold: { min: '2', max: '1' } },
          ],
        },
        restartGate: { checks: [{ name: 'a', selector: {} }] },
        eventGate: {
          checks: [{ name: 'a', selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] }, reasons: [] }],
        },
      },
    }),
    want: [
      expect.stringContaining('promotion.soak is below zero'),
      expect.stringContaining('analysis.checks[0].threshold has no bound'),
      expect.stringContaining('analysis.checks[1].name is the same as that of item 0'),
      expect.stringContaining('analysis.checks[1].threshold.min is above max'),
      expect.stringContaining('restartGate.checks[0].selector is empty, and would select every pod'),
      expect.stringContaining('eventGate.checks[0].selector is not a selector'),
      expect.stringContaining('eventGate.checks[0].reasons is empty'),
    ],
  },
  {
    name: 'a fast track without a soak',
    given: withStage({ promotion: { fastTrack: { source: metric, max: '1' } } }),
    want: [expect.stringContaining('promotion.fastTrack has no soak that it could end early')],
  },
  {
    name: 'ready checks and decryption without names',
    given: manifest({
      decryption: { provider: 'vault', secretRef: {} },
      stages: [{ ...app, readyChecks: { checks: [{ kind: 'Pod' }], exprs: [{ kind: '' }] } }],
    }),
    want: [
      expect.stringContaining('spec.stages[0].readyChecks.checks[0].name is missing'),
      expect.stringContaining('spec.stages[0].readyChecks.exprs[0].kind is empty'),
      expect.stringContaining('spec.stages[0].readyChecks.exprs[0].apiVersion is missing'),
      expect.stringContaining(
        'spec.decryption.provider is not one of the allowed values (found "vault"; allowed: sops): write sops',
      ),
      expect.stringContaining('spec.decryption.secretRef.name is missing'),
    ],
  },
  {
    name: 'expressions that can never be evaluated',
    given: manifest({
      stages: [
        {
          ...app,
          readyChecks: {
            exprs: [
              { apiVersion: 'v1', kind: 'Pod', current: 'status.phase == "Running"', failed: '', inProgress: 'true' },
              { apiVersion: 'v1', kind: 'Pod', current: 'staus.phase == "Running"' },
              { apiVersion: 'v1', kind: 'Pod', current: 'true &&\n  status.phase = "x"', failed: 'size(kind)' },
            ],
          },
          actions: {
            pre: [
              {
                name: 'wait',
                wait: { expr: 'ip("10.0.0.1") == 1', target: { apiVersion: 'v1', kind: 'Pod', name: 'a' } },
              },
            ],
          },
        },
      ],
    }),
    want: [
      'spec.stages[0].readyChecks.exprs[1].current cannot be used as an expression, at character 1: ' +
        'undeclared reference to \'staus\' (in container \'\') (found "staus.phase == \\"Running\\""): did you mean status?',
      expect.stringMatching(
        /^spec\.stages\[0\]\.readyChecks\.exprs\[2\]\.current .*, at line 2, character 16: .*: compare with ==$/,
      ),
      expect.stringMatching(/exprs\[2\]\.failed .* result type is int, not bool .*compare it/),
      expect.stringContaining(
        'spec.stages[0].actions.pre[0].wait.expr cannot be used as an expression, at character 3',
      ),
    ],
  },
  {
    name: 'a StageSet that depends on itself',
    given: manifest({
      dependsOn: [
        { name: 'example' },
        { name: 'example', namespace: 'other' },
        { name: 'example', namespace: 'releases' },
        { name: 'other' },
      ],
    }),
    want: [
      'spec.dependsOn[0].name is this StageSet itself, which would wait for itself for ever (found "example"): take it out',
      expect.stringContaining('spec.dependsOn[2].name is this StageSet itself'),
    ],
  },
  {
    name: 'patches and headers that nothing could be done with',
    given: withStage({
      actions: {
        pre: [
          { name: 'a', patch: { target: { kind: 'Pod', selector: {} }, patch: '{}' } },
          { name: 'b', patch: { target: { kind: 'Pod', name: 'p' }, patch: 'a: 1' } },
          { name: 'c', patch: { target: { kind: 'Pod', name: 'p' }, patch: '[]' } },
          { name: 'd', patch: { target: { kind: 'Pod', name: 'p' }, type: 'json6902', patch: '{}' } },
          {
            name: 'e',
            patch: { target: { kind: 'Pod', name: 'p' }, type: 'json6902', patch: '[{"op":"add","path":"/a"}]' },
          },
          { name: 'f', http: { url: 'http://a', headersFrom: [{ name: 's', key: 'two words' }, { name: 's' }] } },
        ],
      },
    }),
    want: [
      expect.stringContaining('actions.pre[0].patch.target.selector selects everything of its kind'),
      expect.stringContaining('actions.pre[1].patch.patch is not JSON'),
      expect.stringContaining('actions.pre[2].patch.patch is no merge patch: that is a JSON object'),
      expect.stringContaining('actions.pre[3].patch.patch is no list of JSON patch operations'),
      expect.stringContaining('actions.pre[4].patch.patch cannot be applied: operation 0 is a add without a value'),
      expect.stringContaining('actions.pre[5].http.headersFrom[0].key is no name of a header (found "two words")'),
      expect.stringContaining('actions.pre[5].http.headersFrom[1].key is no name of a header'),
    ],
  },
  {
    name: 'numbers out of bounds',
    given: withAction({ retries: 101, http: { url: 'http://a', expectedStatus: [99] } }),
    want: [
      expect.stringContaining('retries is too large (found 101): write 100 or less'),
      expect.stringContaining('expectedStatus[0] is too small (found 99): write 100 or more'),
    ],
  },
];

describe('what is refused, and how it is said', () => {
  for (const { name, given, want } of REFUSED) {
    test(name, () => expect(validateStageSet(given).map(formatProblem)).toEqual(want));
  }
});

test('parses what is valid, and nothing else', () => {
  for (const stageSet of VALID) expect(parseStageSet(stageSet)).toEqual({ ok: true, stageSet });
  expect(parseStageSet({}).ok).toBe(false);
});

test('never throws, whatever JSON it is given, and always says what is wrong', () => {
  const names = [...new Set(fieldsOf(STAGE_SET_SPEC, 'spec').flatMap((field) => field.split('.')))].filter(
    (step) => step !== '*',
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, true, 0, -1.5, '', 'app', '5m', '__proto__'),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor', 'toString'), tie('json'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(json, (spec) => {
      const problems = validateStageSet({ ...manifest({}), spec });
      for (const problem of problems) {
        expect(problem.fix).not.toBe('');
        expect(formatProblem(problem)).toContain(problem.path);
      }
    }),
    { numRuns: 300 },
  );
});

test('one wrong field never hides another problem elsewhere', () => {
  const [first, second] = ['spec.interval', 'spec.stages[1].name'];
  const problems = validateStageSet(manifest({ interval: 5, stages: [app, { ...app }] }));
  expect(problems.map(({ path }) => path).sort()).toEqual([first, second]);
});

/** All fields below a schema: `spec.stages.*.name`. */
function fieldsOf({ properties = {}, items }: Definition, at: string): readonly string[] {
  if (items !== undefined) return fieldsOf(items, `${at}.*`);
  return Object.entries(properties).flatMap(([name, child]) => [`${at}.${name}`, ...fieldsOf(child, `${at}.${name}`)]);
}

/** Every field that is set, with the name of the field that it is in: `sourceRef.name`. */
function* pairsOf(value: unknown, parent: string): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (!Array.isArray(value)) yield `${parent}.${key}`.replace(ACTION_LISTS, 'action.');
    yield* pairsOf(child, Array.isArray(value) ? parent : key);
  }
}
