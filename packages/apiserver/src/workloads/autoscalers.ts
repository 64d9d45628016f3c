import { type ObjectRef, refOf } from '@stageset/k8s';
import { fieldsAt, numberAt } from '../builtin/fields.ts';
import { type Condition, withConditions } from './conditions.ts';
import type { Controller } from './controller.ts';
import { writeStatus } from './replica-sets.ts';
import type { World } from './world.ts';

const SCALABLE: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
};

/** Says of an autoscaler what it sees. There is no load to measure, so that it never scales. */
export function autoscalerController(world: World): Controller {
  return {
    name: 'autoscaler',
    kinds: ['HorizontalPodAutoscaler', ...Object.keys(SCALABLE)],
    *concerns({ object }) {
      if (object.kind === 'HorizontalPodAutoscaler') yield { ...refOf(object), apiVersion: 'autoscaling/v2' };
      else {
        for (const one of world.inNamespace(object.metadata.namespace ?? '', 'HorizontalPodAutoscaler')) {
          const { kind, name } = fieldsAt(one, 'spec', 'scaleTargetRef');
          if (kind === object.kind && name === object.metadata.name)
            yield { ...refOf(one), apiVersion: 'autoscaling/v2' };
        }
      }
    },
    reconcile: (ref) => {
      const autoscaler = world.registry.get(ref);
      if (autoscaler === undefined) return undefined;
      const { kind, name } = fieldsAt(autoscaler, 'spec', 'scaleTargetRef');
      const target = targetOf(ref, String(kind), String(name));
      const found = target === undefined ? undefined : world.registry.get(target);
      const replicas = found === undefined ? 0 : (numberAt(fieldsAt(found, 'spec'), 'replicas') ?? 1);
      const seen: readonly Condition[] =
        found === undefined
          ? [
              {
                type: 'AbleToScale',
                status: 'False',
                reason: 'FailedGetScale',
                message: `the HPA controller was unable to get the target's current scale: ${resourceOf(String(kind))} "${String(name)}" not found`,
              },
            ]
          : [
              {
                type: 'AbleToScale',
                status: 'True',
                reason: 'SucceededGetScale',
                message: "the HPA controller was able to get the target's current scale",
              },
            ];
      writeStatus(world, autoscaler, {
        currentReplicas: replicas,
        desiredReplicas: replicas,
        conditions: withConditions(fieldsAt(autoscaler, 'status'), seen, world.nowIso()),
      });
      return undefined;
    },
  };
}

/** `deployments.apps`: how messages name the resource of a kind that can be scaled. */
function resourceOf(kind: string): string {
  const group = Object.hasOwn(SCALABLE, kind) ? `.${SCALABLE[kind]?.split('/')[0]}` : '';
  return `${kind.toLowerCase()}s${group}`;
}

function targetOf(ref: ObjectRef, kind: string, name: string): ObjectRef | undefined {
  const apiVersion = Object.hasOwn(SCALABLE, kind) ? SCALABLE[kind] : undefined;
  return apiVersion === undefined ? undefined : { apiVersion, kind, namespace: ref.namespace ?? '', name };
}
