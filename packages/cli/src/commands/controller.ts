import { Option } from 'commander';
import type { Register } from './register.ts';

/** What the flags of `stageset controller` say; texts as the user wrote them. */
export interface ControllerFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly defaultInterval: string;
  readonly maxTeardownWait: string;
  readonly inventoryShardCap: string;
  readonly crossNamespaceRefs: boolean;
  readonly leaderElect: boolean;
  readonly tracingEndpoint?: string;
  readonly tracingInsecure: boolean;
  readonly tracingSampleRatio: string;
  readonly leaderElectionNamespace?: string;
  readonly leaderElectionLeaseDuration: string;
  readonly watchNamespaces?: string;
  readonly watchLabelSelector?: string;
  readonly defaultServiceAccount?: string;
  readonly allowedClusterHosts: readonly string[];
  readonly allowedArtifactHosts: readonly string[];
  readonly allowedActionHosts: readonly string[];
  readonly metricsBindAddress: string;
  readonly metricsAuthentication: boolean;
  readonly metricsCertDir?: string;
  readonly healthProbeBindAddress: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const registerController: Register = (program, io, done) => {
  program
    .command('controller')
    .description('run the controller: in a pod by its ServiceAccount, else on the cluster that kubectl would use')
    .option('--kubeconfig <path>', 'cluster to work on')
    .option('--context <name>', 'context of the kubeconfig to use')
    .option('--default-interval <duration>', 'how often a StageSet without an interval is looked at', '10m')
    .option(
      '--max-teardown-wait <duration>',
      'how long a deletion that fails is tried before it is given up; 0 is 1h',
      '1h',
    )
    .option('--inventory-shard-cap <count>', 'objects that one StageInventory records', '5000')
    .option('--no-cross-namespace-refs', 'refuse references to other namespaces')
    .option('--leader-elect', 'share the StageSets with other replicas, each by a Lease of its own', false)
    .option('--leader-election-namespace <name>', 'where the Leases are (default: the namespace that it runs in)')
    .option('--leader-election-lease-duration <duration>', 'how soon the share of a lost replica is taken over', '15s')
    .option('--tracing-endpoint <host:port>', 'send traces to this collector (OTLP by gRPC)')
    .option('--tracing-insecure', 'without TLS', false)
    .option('--tracing-sample-ratio <ratio>', 'of traces, from 0 to 1', '1.0')
    .option(
      '--watch-namespaces <names>',
      'look at StageSets of these namespaces only, separated by commas (default: $STAGESET_WATCH_NAMESPACES, else all)',
    )
    .option('--watch-label-selector <selector>', 'look at StageSets with these labels only')
    .option(
      '--default-service-account <name>',
      'ServiceAccount, in the namespace of each StageSet, that acts for those that name none',
    )
    .option(
      '--allowed-cluster-hosts <glob>',
      'deliver to the API server on this host whatever its address is, loopback included (repeatable)',
      collect,
      [],
    )
    .option(
      '--allowed-artifact-hosts <glob>',
      'fetch artifacts from this host whatever its address is, loopback included (repeatable)',
      collect,
      [],
    )
    .option(
      '--allowed-action-hosts <glob>',
      'let http actions ask this host whatever its address is, and no host that is not named so (repeatable)',
      collect,
      [],
    )
    .option('--metrics-bind-address <host:port>', 'where /metrics is served; 0 switches it off', ':8080')
    .option(
      '--metrics-cert-dir <folder>',
      'serve /metrics by TLS, with tls.crt and tls.key of this folder, also when renewed',
    )
    .option(
      '--no-metrics-authentication',
      'serve /metrics to everybody, not only to those who may get it in the cluster',
    )
    .option(
      '--health-probe-bind-address <host:port>',
      'where /healthz and /readyz are served; 0 switches them off',
      ':8081',
    )
    .addOption(
      new Option('--log-level <level>', 'least level to log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addOption(new Option('--log-format <format>', 'how to log').choices(['json', 'text']).default('json'))
    .action(async (flags: ControllerFlags) => {
      const { runController } = await import('../controller/run-controller.ts');
      done(await runController(flags, io));
    });
};
