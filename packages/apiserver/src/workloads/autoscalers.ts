import { type KubeObject, type ObjectRef, refOf } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, numberAt, textAt } from '../builtin/fields.ts';
import { type Condition, conditionOf, withConditions } from './conditions.ts';
import type { Controller } from './controller.ts';
import type { EventRecorder } from './events/recorder.ts';
import { writeStatus } from './replica-sets.ts';
import type { World } from './world.ts';

const SCALABLE: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
};
const SOURCE = { component: 'horizontal-pod-autoscaler' };
const WRITER = { fieldManager: 'kube-controller-manager', subresource: 'scale' } as const;
const STATUS_VERSION = 'autoscaling/v2';

/**
 * Keeps the targets of autoscalers between their bounds. As on a cluster without a metrics server there is no load to
 * measure, so that nothing else moves them, and that is said.
 */
export function autoscalerController(world: World, events: EventRecorder): Controller {
  return {
    name: 'autoscaler',
    kinds: ['HorizontalPodAutoscaler', ...Object.keys(SCALABLE)],
    *concerns({ object }) {
      if (object.kind === 'HorizontalPodAutoscaler') yield { ...refOf(object), apiVersion: STATUS_VERSION };
      else {
        for (const one of world.inNamespace(object.metadata.namespace ?? '', 'HorizontalPodAutoscaler')) {
          const { kind, name } = fieldsAt(one, 'spec', 'scaleTargetRef');
          if (kind === object.kind && name === object.metadata.name)
            yield { ...refOf(one), apiVersion: STATUS_VERSION };
        }
      }
    },
    reconcile: (ref) => {
      const autoscaler = world.registry.get(ref);
      if (autoscaler !== undefined) scale(world, events, autoscaler);
      return undefined;
    },
  };
}

function scale(world: World, events: EventRecorder, autoscaler: KubeObject): void {
  const spec = fieldsAt(autoscaler, 'spec');
  const { apiVersion, kind, name } = fieldsAt(spec, 'scaleTargetRef');
  const target = targetOf(autoscaler, String(kind), String(name));
  const found = target === undefined ? undefined : world.registry.get(target);
  if (target === undefined || found === undefined) {
    const group = String(apiVersion ?? '').split('/')[0];
    const why = `${String(kind).toLowerCase()}s.${group} ${JSON.stringify(name)} not found`;
    missing(world, events, autoscaler, why);
    return;
  }
  const present = numberAt(fieldsAt(found, 'spec'), 'replicas') ?? 1;
  const bound = boundOf(spec, present);
  if (bound === undefined) {
    unmeasured(world, events, autoscaler, present);
    return;
  }
  world.registry.patch(target, { type: 'merge', patch: { spec: { replicas: bound.replicas } } }, WRITER);
  const message = `New size: ${bound.replicas}; reason: ${bound.reason}`;
  events.record(SOURCE, autoscaler, { reason: 'SuccessfulRescale', message });
  const said = `the HPA controller was able to update the target scale to ${bound.replicas}`;
  report(world, autoscaler, {
    wanted: [{ type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message: said }],
    more: { currentReplicas: present, desiredReplicas: bound.replicas, lastScaleTime: world.nowIso() },
  });
}

/** The size that an autoscaler asks for whatever the load; `undefined` when the present one is within its bounds. */
function boundOf(spec: Fields, present: number): { readonly replicas: number; readonly reason: string } | undefined {
  const least = numberAt(spec, 'minReplicas') ?? 1;
  const most = numberAt(spec, 'maxReplicas') ?? least;
  // A target of none is switched off, unless the autoscaler itself may go to none.
  if (present === 0 && least !== 0) return undefined;
  if (present > most) return { replicas: most, reason: 'Current number of replicas above Spec.MaxReplicas' };
  return present < least ? { replicas: least, reason: 'Current number of replicas below Spec.MinReplicas' } : undefined;
}

function missing(world: World, events: EventRecorder, autoscaler: KubeObject, why: string): void {
  warn(events, autoscaler, 'AbleToScale', { reason: 'FailedGetScale', message: why });
  const message = `the HPA controller was unable to get the target's current scale: ${why}`;
  report(world, autoscaler, {
    wanted: [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message }],
    more: { desiredReplicas: 0 },
  });
}

function unmeasured(world: World, events: EventRecorder, autoscaler: KubeObject, present: number): void {
  const scaling: Condition =
    present === 0
      ? {
          type: 'ScalingActive',
          status: 'False',
          reason: 'ScalingDisabled',
          message: 'scaling is disabled since the replica count of the target is zero',
        }
      : unmeasuredLoad(autoscaler);
  if (present > 0) {
    const message = String(scaling.message).replace('the HPA was unable to compute the replica count: ', '');
    warn(events, autoscaler, 'ScalingActive', { reason: String(scaling.reason), message });
  }
  report(world, autoscaler, {
    wanted: [
      {
        type: 'AbleToScale',
        status: 'True',
        reason: 'SucceededGetScale',
        message: "the HPA controller was able to get the target's current scale",
      },
      scaling,
    ],
    more: { currentReplicas: present },
  });
}

/** Warns once of what a condition goes on to say. */
function warn(
  events: EventRecorder,
  autoscaler: KubeObject,
  type: string,
  note: { readonly reason: string; readonly message: string },
): void {
  const present = conditionOf(fieldsAt(autoscaler, 'status'), type);
  if (present?.['reason'] === note.reason && String(present['message']).endsWith(note.message)) return;
  events.record(SOURCE, autoscaler, { type: 'Warning', ...note });
}

/** There is no metrics API, which is told of the first metric that would be asked for. */
function unmeasuredLoad(autoscaler: KubeObject): Condition {
  const [metric = {}] = listAt(fieldsAt(autoscaler, 'spec'), 'metrics');
  const name = textAt(fieldsAt(metric, 'resource'), 'name') ?? 'cpu';
  const why = `failed to get ${name} utilization: unable to get metrics for resource ${name}: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)`;
  return {
    type: 'ScalingActive',
    status: 'False',
    reason: 'FailedGetResourceMetric',
    message: `the HPA was unable to compute the replica count: ${why}`,
  };
}

function report(
  world: World,
  autoscaler: KubeObject,
  { wanted, more }: { readonly wanted: readonly Condition[]; readonly more: Fields },
): void {
  const status = fieldsAt(autoscaler, 'status');
  const conditions = withConditions(status, wanted, world.nowIso());
  writeStatus(world, autoscaler, { desiredReplicas: status['desiredReplicas'] ?? 0, ...more, conditions });
}

function targetOf({ metadata }: KubeObject, kind: string, name: string): ObjectRef | undefined {
  const apiVersion = Object.hasOwn(SCALABLE, kind) ? SCALABLE[kind] : undefined;
  return apiVersion === undefined ? undefined : { apiVersion, kind, namespace: metadata.namespace ?? '', name };
}
