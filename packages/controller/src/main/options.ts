import { DEFAULT_MAX_TEARDOWN_WAIT_MS } from '@stageset/delivery';
import { DEFAULT_LEASE_DURATION_MS, MIN_LEASE_DURATION_MS } from '@stageset/runtime';
import type { DeliverySettings } from '../facts/world.ts';

/** What the flags of `stageset controller` say. Absent means the default. */
export interface ControllerOptions {
  /** `--default-interval`, in milliseconds. */
  readonly defaultIntervalMs?: number;
  /** `--max-teardown-wait`, in milliseconds. */
  readonly maxTeardownWaitMs?: number;
  /** `--inventory-shard-cap`. */
  readonly inventoryShardCap?: number;
  /** `--no-cross-namespace-refs`. */
  readonly noCrossNamespaceRefs?: boolean;
  /** `--allowed-action-hosts`: shell patterns; with any of them http actions may ask no other host. */
  readonly allowedActionHosts?: readonly string[];
  /** `--default-service-account`. */
  readonly defaultServiceAccount?: string;
  /** `--metrics-bind-address`, such as `:8080`; `0` or absent: no endpoint. */
  readonly metricsBindAddress?: string;
  /** `--no-metrics-authentication`: everybody may read the metrics. */
  readonly openMetrics?: boolean;
  /** `--metrics-cert-dir`: a folder with `tls.crt` and `tls.key`; metrics are served by TLS then. */
  readonly metricsCertDir?: string;
  /** Adds metrics of the process itself; for the one controller of a process. */
  readonly processMetrics?: boolean;
  /** `--health-probe-bind-address`; `0`, empty or absent: no endpoint. */
  readonly healthProbeBindAddress?: string;
  /** Passes over different StageSets at the same time. */
  readonly concurrency?: number;
  /** Requests in flight for one StageSet. */
  readonly applyConcurrency?: number;
  /** Who reports events and holds the lease: the pod, or the host. */
  readonly instance?: string;
  /** `--leader-elect`: shares the StageSets with other replicas. Absent: there is none other. */
  readonly replicas?: ReplicaSettings;
  /** `--tracing-endpoint` and what belongs to it; nothing is traced when absent. */
  readonly tracing?: TracingSettings;
  /** `--watch-namespaces`: StageSets of these alone are looked at; of all when absent or empty. */
  readonly watchNamespaces?: readonly string[];
  /** `--watch-label-selector`: only StageSets that match are looked at. */
  readonly watchLabelSelector?: string;
}

export interface TracingSettings {
  /** `host:port` of a collector that takes OTLP by gRPC. */
  readonly endpoint: string;
  /** `--tracing-insecure`: without TLS. */
  readonly insecure: boolean;
  /** `--tracing-sample-ratio`: of traces, from 0 to 1. */
  readonly ratio: number;
  /** Of the program. */
  readonly version: string;
}

export interface ReplicaSettings {
  /** `--leader-election-namespace`: where the leases are. */
  readonly namespace: string;
  /** `--leader-election-lease-duration`, in milliseconds; whole seconds. */
  readonly durationMs?: number;
}

const DEFAULTS = {
  intervalMs: 10 * 60_000,
  shardCap: 5000,
  applyConcurrency: 16,
} as const;

/** Passes that may run at the same time: they wait for nothing but the API server, which has a limit of its own. */
export const DEFAULT_CONCURRENCY = 64;

export function settingsOf(options: ControllerOptions): DeliverySettings {
  return {
    defaultIntervalMs: positive('--default-interval', options.defaultIntervalMs, DEFAULTS.intervalMs),
    maxTeardownWaitMs: positive('--max-teardown-wait', options.maxTeardownWaitMs, DEFAULT_MAX_TEARDOWN_WAIT_MS),
    inventoryShardCap: positive('--inventory-shard-cap', options.inventoryShardCap, DEFAULTS.shardCap),
    crossNamespaceRefs: options.noCrossNamespaceRefs !== true,
    ...(options.defaultServiceAccount === undefined || options.defaultServiceAccount === ''
      ? {}
      : { defaultServiceAccount: options.defaultServiceAccount }),
    ...watchNamespacesOf(options),
    concurrency: positive('applyConcurrency', options.applyConcurrency, DEFAULTS.applyConcurrency),
  };
}

function watchNamespacesOf({ watchNamespaces = [] }: ControllerOptions): Pick<DeliverySettings, 'watchNamespaces'> {
  if (watchNamespaces.length === 0) return {};
  const wrong = watchNamespaces.find((name) => !isNamespaceName(name));
  if (wrong !== undefined) throw new RangeError(`--watch-namespaces: "${wrong}" cannot be the name of a namespace`);
  return { watchNamespaces: [...new Set(watchNamespaces)].toSorted() };
}

function isNamespaceName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!(Number.isFinite(value) && value > 0)) throw new RangeError(`${name} must be above zero, not ${value}`);
  return value;
}

/** The settings of one replica among several, checked; `undefined` when there is none other. */
export function replicaSettingsOf({ replicas }: ControllerOptions): Required<ReplicaSettings> | undefined {
  if (replicas === undefined) return undefined;
  const { namespace, durationMs = DEFAULT_LEASE_DURATION_MS } = replicas;
  if (durationMs >= MIN_LEASE_DURATION_MS && durationMs % 1000 === 0) return { namespace, durationMs };
  throw new RangeError(
    `--leader-election-lease-duration must be whole seconds and at least ${MIN_LEASE_DURATION_MS / 1000}s, not ${durationMs / 1000}s`,
  );
}

/** Host and port of a bind address, or `undefined` for an endpoint that is switched off. */
export function parseBindAddress(flag: string, address: string | undefined): BindAddress | undefined {
  if (address === undefined || address === '' || address === '0') return undefined;
  const match = /^(.*):(\d+)$/.exec(address);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) {
    throw new RangeError(
      `${flag} must be host:port with a port from 1 to 65535 (the host may be empty), or 0 for off, not "${address}"`,
    );
  }
  const host = (match[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  return host === '' ? { port } : { host, port };
}

export interface BindAddress {
  readonly host?: string;
  readonly port: number;
}
