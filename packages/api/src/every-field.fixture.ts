/** StageSets that between them set every field of the spec, for tests. */
import type { MetricSource, StageSet } from './kinds.ts';

const prometheus: MetricSource = {
  prometheus: {
    address: 'https://prometheus.example.com/team',
    query: 'slo:budget:remaining',
    secretRef: { name: 'prometheus-token' },
  },
};
const webhook: MetricSource = {
  webhook: { url: 'https://metrics.example.com/latency', jsonPath: '{.p99}', secretRef: { name: 'metrics-token' } },
};
const pods = {
  matchLabels: { app: 'shop' },
  matchExpressions: [{ key: 'track', operator: 'In', values: ['canary'] }],
};

/** Versioned, with migrations in the spec, to a remote cluster, with every kind of gate and action. */
export const SHOP: StageSet = {
  apiVersion: 'stages.metio.wtf/v1',
  kind: 'StageSet',
  metadata: { name: 'shop', namespace: 'releases', annotations: { 'stages.metio.wtf/promote': 'database@1' } },
  spec: {
    interval: '10m',
    retryInterval: '30s',
    driftDetectionInterval: '2m30s',
    timeout: '20m',
    onTimeout: 'Rollback',
    suspend: false,
    dependsOn: [{ name: 'platform', namespace: 'platform', minVersion: 'v2.1' }],
    serviceAccountName: 'deployer',
    kubeConfig: { secretRef: { name: 'edge', key: 'config' } },
    decryption: { provider: 'sops', secretRef: { name: 'age-keys' } },
    version: {
      fromObject: {
        stage: 'web',
        kind: 'Deployment',
        name: 'web',
        apiVersion: 'apps/v1',
        fieldPath: '{.metadata.labels.version}',
      },
      requireMigrationCoverage: true,
      approvalMode: 'OnMigrations',
      allowDowngrade: true,
    },
    migrations: [
      {
        name: 'split-orders',
        to: '2.0.0',
        from: '>=1.4.0',
        stage: 'schema',
        actions: [{ name: 'copy', job: { sourceRef: { name: 'migrations' }, path: 'split' }, retries: 10 }],
        down: [{ name: 'join', job: { sourceRef: { name: 'migrations' }, path: 'join' } }],
      },
    ],
    rollbackOnFailure: true,
    onRollback: [{ name: 'tell', http: { url: 'https://chat.example.com/hook' } }],
    updateWindows: [
      { type: 'Allow', schedule: '0 22 * * MON-FRI', duration: '6h', timeZone: 'Europe/Berlin' },
      { type: 'Deny', from: '2030-12-20T00:00:00Z', to: '2031-01-03T00:00:00+01:00' },
    ],
    windowScope: 'All',
    errorBudget: {
      source: prometheus,
      freezeThreshold: '0.1',
      resumeThreshold: '0.25',
      onSourceError: 'Hold',
      interval: '1m',
      dryRun: false,
    },
    stages: [
      {
        name: 'database',
        migrationAnchor: 'schema',
        sourceRef: { apiVersion: 'example.com/v1', kind: 'Bundle', name: 'database', namespace: 'bundles' },
        path: './deploy/../database',
        serviceAccountName: 'database-admin',
        prune: false,
        timeout: '1h',
        onTimeout: 'Hold',
        force: true,
        conflictPolicy: {
          default: 'KeepExisting',
          rules: [
            {
              target: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data', namespace: 'shop' },
              action: 'Recreate',
              allowDataLoss: true,
            },
            { target: {}, action: 'Fail' },
          ],
        },
        applyHelmHookResources: false,
        patches: [
          {
            patch: '- op: remove\n  path: /spec/replicas',
            target: {
              group: 'apps',
              version: 'v1',
              kind: 'Deployment',
              name: 'web.*',
              namespace: 'shop',
              labelSelector: 'app=web',
              annotationSelector: 'example.com/patched=yes',
            },
          },
        ],
        postBuild: {
          substitute: { region: 'eu', empty: '' },
          substituteFrom: [
            { kind: 'ConfigMap', name: 'settings' },
            { kind: 'Secret', name: 'more-settings', optional: true },
          ],
        },
        actions: {
          pre: [
            {
              name: 'maintenance-on',
              scope: 'Version',
              timeout: '2m',
              retries: 100,
              patch: {
                target: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'flags' },
                type: 'merge',
                patch: '{"data":{"maintenance":"on"}}',
              },
            },
            {
              name: 'bootstrap',
              scope: 'Lifetime',
              completionAnchor: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data' },
              apply: { sourceRef: { name: 'bootstrap' }, path: 'once', wait: true },
            },
            {
              name: 'drain',
              patch: {
                target: { kind: 'Node', selector: pods },
                type: 'json6902',
                patch: '[{"op":"add","path":"/spec/unschedulable","value":true}]',
              },
            },
          ],
          post: [
            {
              name: 'announce',
              http: {
                url: 'http://hooks.example.com:8080/released?by=stageset',
                method: 'PUT',
                body: '{}',
                bodyFrom: { name: 'announcement', key: 'body' },
                headersFrom: [{ name: 'headers', key: 'Authorization' }],
                expectedStatus: [200, 409],
              },
            },
            {
              name: 'settle',
              wait: {
                duration: '30s',
                expr: 'status.phase == "Bound"',
                target: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data', namespace: 'shop' },
                timeout: '10m',
              },
            },
          ],
          onFailure: [
            {
              name: 'clean-up',
              delete: {
                target: { apiVersion: 'batch/v1', kind: 'Job', name: 'load', namespace: 'shop' },
                cascade: 'Foreground',
              },
            },
          ],
        },
        readyChecks: {
          timeout: '45m',
          disableWait: true,
          checks: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'postgres', namespace: 'shop' }],
          exprs: [
            {
              apiVersion: 'example.com/v1',
              kind: 'Database',
              current: 'status.ready',
              inProgress: '!status.ready',
              failed: 'status.broken',
            },
          ],
        },
        promotion: {
          soak: '24h',
          requireManualPromotion: true,
          analysis: {
            checks: [{ name: 'latency', source: webhook, threshold: { min: '0', max: '250' } }],
            interval: '5m',
            failureLimit: 2,
            onFailure: 'Rollback',
            onSourceError: 'Allow',
            dryRun: true,
          },
          fastTrack: { source: prometheus, max: '1e-3', after: '1h' },
          restartGate: {
            onFailure: 'Hold',
            checks: [{ name: 'pods', selector: pods, maxRestarts: 3, onFailure: 'Rollback' }],
          },
          eventGate: {
            onFailure: 'Rollback',
            checks: [{ name: 'probes', selector: pods, reasons: ['Unhealthy'], maxEvents: 5, onFailure: 'Hold' }],
          },
        },
        errorBudget: { source: webhook, freezeThreshold: '10' },
      },
      { name: 'web', sourceRef: { kind: 'OCIRepository', name: 'web' } },
    ],
  },
};

/** What SHOP cannot set, since it excludes what SHOP sets. */
export const LADDER_FROM_SOURCE: StageSet = {
  apiVersion: 'stages.metio.wtf/v1',
  kind: 'StageSet',
  metadata: { name: 'ladder' },
  spec: {
    kubeConfig: { configMapRef: { name: 'edge' } },
    version: { fromArtifact: { stage: 'app', path: 'VERSION' } },
    migrationsSourceRef: { sourceRef: { kind: 'GitRepository', name: 'migrations' }, path: 'ladder' },
    stages: [{ name: 'app', sourceRef: { kind: 'Bucket', name: 'app' } }],
  },
};

export const LITERAL_VERSION: StageSet = {
  apiVersion: 'stages.metio.wtf/v1',
  kind: 'StageSet',
  metadata: { name: 'literal' },
  spec: { version: { value: '1.2.3-rc.1+build' }, stages: [{ name: 'app', sourceRef: { name: 'app' } }] },
};

/** As much as this version acts on. */
export const SUPPORTED: StageSet = {
  apiVersion: 'stages.metio.wtf/v1',
  kind: 'StageSet',
  metadata: { name: 'supported', namespace: 'releases' },
  spec: {
    interval: '10m',
    retryInterval: '1m',
    driftDetectionInterval: '5m',
    timeout: '5m',
    onTimeout: 'Hold',
    suspend: false,
    rollbackOnFailure: false,
    dependsOn: [],
    windowScope: 'Updates',
    stages: [
      {
        name: 'app',
        sourceRef: { apiVersion: 'example.com/v1', kind: 'Bundle', name: 'app' },
        path: 'overlays/production',
        prune: true,
        timeout: '10m',
        onTimeout: 'Hold',
        force: false,
        conflictPolicy: { default: 'Recreate' },
        patches: [{ patch: 'apiVersion: v1' }],
        postBuild: { substitute: { a: 'b' } },
        readyChecks: { timeout: '1m', disableWait: true, checks: [] },
        actions: { pre: [], post: [] },
        applyHelmHookResources: false,
      },
    ],
  },
};

export const VALID: readonly StageSet[] = [SHOP, LADDER_FROM_SOURCE, LITERAL_VERSION, SUPPORTED];
