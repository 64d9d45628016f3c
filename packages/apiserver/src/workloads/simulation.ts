import type { ClientSigner } from '../auth/client-certificates.ts';
import type { Registry, RegistryEvent } from '../registry/registry.ts';
import { autoscalerController } from './autoscalers.ts';
import { claimController, ensureStorageClass } from './claims.ts';
import { type Controller, type FaultListener, WorkQueue } from './controller.ts';
import { daemonSetController } from './daemon-sets.ts';
import { deploymentController } from './deployments.ts';
import { budgetController } from './disruption-budgets.ts';
import { EventRecorder } from './events/recorder.ts';
import { garbageCollector } from './garbage.ts';
import { ingressController } from './ingresses.ts';
import { cronJobController } from './jobs/cron-jobs.ts';
import { jobController } from './jobs/job-controller.ts';
import { NameSource } from './names.ts';
import { namespaceController } from './namespaces.ts';
import { ensureNodes } from './nodes.ts';
import { operatorController, operatorWait } from './operators.ts';
import { podAdmission } from './pods/pod-admission.ts';
import { podController } from './pods/pod-controller.ts';
import { schedulerController } from './pods/scheduler.ts';
import { replicaSetController } from './replica-sets.ts';
import { Directions } from './scenario/directions.ts';
import type { Scenario } from './scenario/scenario.ts';
import { SIMULATE_WARNING } from './scenario/warning.ts';
import { addServerHooks } from './server-hooks.ts';
import { ensureApiService } from './service-addresses.ts';
import { serviceController } from './services.ts';
import { signerController } from './signer.ts';
import { statefulSetController } from './stateful-sets.ts';
import { DEFAULT_TIMING, type Timing } from './timing.ts';
import { kindKey, World } from './world.ts';

export interface SimulationOptions {
  readonly registry: Registry;
  /** The same seed and the same writes give the same names. */
  readonly seed?: number;
  readonly timing?: Partial<Timing>;
  /** What is to happen to which objects. */
  readonly scenario?: Scenario;
  /** PEM of the certificate that signs the API server's: the content of `kube-root-ca.crt`. */
  readonly rootCertificate?: string;
  /** Signs requests for client certificates once they are approved; left out, nobody does. */
  readonly signer?: ClientSigner;
  /** Told of faults in the simulation itself; left out, they are thrown where the clock calls. */
  readonly onFault?: FaultListener;
}

export interface Simulation {
  /** Ends every timer and stops listening. Hooks that were added stay. */
  stop(): void;
}

function rethrow(fault: unknown): never {
  throw fault;
}

/**
 * Lets workloads live as on a healthy cluster: nodes, pods, their controllers, services, claims, namespaces and the
 * collection of what has lost its owner. Takes up what the registry holds already. Does nothing while nothing changes.
 */
export function startSimulation(options: SimulationOptions): Simulation {
  const { registry, scenario, seed = scenario?.seed ?? 1, rootCertificate = '', signer, onFault = rethrow } = options;
  const timing = { ...DEFAULT_TIMING, ...scenario?.timing, ...options.timing };
  const world = new World(registry);
  const names = new NameSource(seed);
  const events = new EventRecorder(registry);
  const directions = new Directions(world, scenario);
  addServerHooks(registry);
  registry.addHook(podAdmission(world));
  registry.addHook(operatorWait(directions));
  registry.addHook(SIMULATE_WARNING);
  const controllers: readonly Controller[] = [
    namespaceController(world, rootCertificate),
    schedulerController(world, events),
    podController({ world, events, directions, timing }),
    replicaSetController(world, names, events),
    deploymentController(world, events),
    statefulSetController(world, events),
    daemonSetController(world, names, events),
    jobController(world, names, events),
    serviceController({ world, names, directions, timing }),
    ingressController(world, directions, timing),
    claimController({ world, events, directions, timing }),
    operatorController({ world, directions, timing }),
    cronJobController(world, events),
    autoscalerController(world, events),
    budgetController(world, events),
    garbageCollector(world),
    ...(signer === undefined ? [] : [signerController(world, signer)]),
  ];
  const queues = controllers.map((controller) => ({
    controller,
    kinds: controller.kinds === undefined ? undefined : new Set(controller.kinds),
    queue: new WorkQueue(controller, registry.clock, timing.reactionMs, onFault),
  }));
  const tell = (event: RegistryEvent): void => {
    for (const { controller, kinds, queue } of queues) {
      if (kinds !== undefined && !kinds.has(kindKey(event.object))) continue;
      for (const ref of controller.concerns(event)) queue.add(ref);
    }
  };
  const unwatch = registry.watch('*', (event) => {
    world.observe(event);
    tell(event);
  });
  ensureNodes(world);
  ensureStorageClass(world);
  ensureApiService(world);
  for (const event of world.present()) tell(event);
  return {
    stop: () => {
      unwatch();
      for (const { queue } of queues) queue.stop();
    },
  };
}
