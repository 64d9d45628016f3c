import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crds, sourceCrds } from '@stageset/api';
import { startCluster } from '@stageset/apiserver';
import { serveArtifacts } from '@stageset/artifact';
import { createCluster } from '@stageset/client';
import { pause, systemClock } from '@stageset/runtime';
import { randomFrom } from '../support/random.ts';
import { serveKinds } from '../support/served.ts';
import { ControllerProcess } from './controllers.ts';
import { growthOf, type Sample } from './memory.ts';
import { Tenant } from './tenant.ts';

/**
 * Hours in minutes: two replicas in processes of their own on the local cluster, one of which is killed or ended again and
 * again; StageSets whose releases, specs and objects change all the time. Every chapter ends with a rest, in which everything
 * has to be as the last release says, and memory is measured. Exit 1 when something does not hold.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    'stage-sets': { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(values.minutes);
const CHAPTER_MS = 60_000;
const PATIENCE_MS = 240_000;
const SYSTEM = 'soak-system';

const startedMs = systemClock.now();
const minute = (): number => Math.round((systemClock.now() - startedMs) / 6_000) / 10;
const random = randomFrom(Number(values.seed));
const local = await startCluster({ clock: systemClock });
const folder = await mkdtemp(join(tmpdir(), 'stageset-soak-'));
const kubeconfig = join(folder, 'kubeconfig');
await writeFile(kubeconfig, local.kubeconfig, { mode: 0o600 });
const cluster = createCluster(local.transport, { clock: systemClock, random: Math.random });
const server = await serveArtifacts();
const faults: string[] = [];
const samples: Sample[] = [];
let kills = 0;

const steady = new ControllerProcess({ kubeconfig, namespace: SYSTEM, metricsPort: await freePort() });
const mortal = new ControllerProcess({ kubeconfig, namespace: SYSTEM, metricsPort: await freePort() });
try {
  await serveKinds(cluster, [...crds(), ...sourceCrds()]);
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
  const tenants = Array.from(
    { length: Number(values['stage-sets']) },
    (_, index) => new Tenant({ namespace: `soak-${index}`, cluster, server, random }),
  );
  for (const tenant of tenants) await tenant.prepare();
  steady.start();
  mortal.start();
  while (systemClock.now() - startedMs < minutes * 60_000) await chapter(tenants);
  await Promise.all([steady.end('SIGTERM'), mortal.end('SIGTERM')]);
  const rss = growthOf(samples, ({ rssMib }) => rssMib);
  const heap = growthOf(samples, ({ heapMib }) => heapMib);
  if (!rss.isFlat) faults.push(`memory grows: ${rss.fromMib} MiB to ${rss.toMib} MiB resident`);
  if (!heap.isFlat) faults.push(`memory grows: ${heap.fromMib} MiB to ${heap.toMib} MiB of heap`);
  const happenings = tenants.reduce((sum, tenant) => sum + tenant.happenings, 0);
  console.log(
    JSON.stringify({
      minutes: minute(),
      seed: values.seed,
      chapters: samples.length,
      happenings,
      kills,
      rss,
      heap,
      faults,
    }),
  );
} finally {
  await Promise.all([steady.end('SIGKILL'), mortal.end('SIGKILL')]);
  await server.stop();
  await local.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(faults.length === 0 ? 0 : 1);

/** Unrest for a while, then a rest that has to be reached. */
async function chapter(tenants: readonly Tenant[]): Promise<void> {
  const untilMs = systemClock.now() + CHAPTER_MS;
  while (systemClock.now() < untilMs) {
    await random.pick(tenants).happen();
    if (random.chance(0.01)) await replace();
    await pause(random.pick([0, 20, 50, 200]));
  }
  for (const tenant of tenants) await tenant.settle();
  const late = await rest(tenants);
  faults.push(...late.map((fault) => `minute ${minute()}: ${fault}`));
  const sample = await steady.sample(minute());
  samples.push(sample);
  console.error(
    `minute ${sample.minute}: ${sample.rssMib} MiB resident, ${sample.heapMib} MiB heap, ${kills} replicas replaced, ${faults.length} faults`,
  );
}

async function replace(): Promise<void> {
  kills += 1;
  await mortal.end(random.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
  mortal.start();
}

async function rest(tenants: readonly Tenant[]): Promise<readonly string[]> {
  const untilMs = systemClock.now() + PATIENCE_MS;
  for (;;) {
    const found: string[] = [];
    for (const tenant of tenants) {
      found.push(...(await tenant.faults()).map((fault) => `${tenant.namespace}: ${fault}`));
    }
    if (found.length === 0 || systemClock.now() >= untilMs) return found;
    await pause(1_000);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
