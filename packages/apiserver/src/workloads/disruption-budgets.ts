import { labelSelectorOf, matchesLabels, refOf } from '@stageset/k8s';
import { fieldsAt, isFields } from '../builtin/fields.ts';
import { type Condition, withConditions } from './conditions.ts';
import type { Controller } from './controller.ts';
import type { EventRecorder } from './events/recorder.ts';
import { isActive, isReady } from './pods/pod-state.ts';
import { scaledValue } from './pods/pod-template.ts';
import { writeStatus } from './replica-sets.ts';
import type { World } from './world.ts';

const SOURCE = { component: 'controllermanager' };

/** Counts the pods that a disruption budget guards. */
export function budgetController(world: World, events: EventRecorder): Controller {
  return {
    name: 'disruption-budget',
    kinds: ['PodDisruptionBudget', 'Pod'],
    *concerns({ type, object }) {
      if (object.kind === 'PodDisruptionBudget') {
        if (type !== 'deleted') yield refOf(object);
      } else {
        for (const one of world.inNamespace(object.metadata.namespace ?? '', 'PodDisruptionBudget')) {
          if (guards(fieldsAt(one, 'spec')['selector'], object.metadata.labels)) yield refOf(one);
        }
      }
    },
    reconcile: (ref) => {
      const budget = world.registry.get(ref);
      if (budget === undefined) return undefined;
      const spec = fieldsAt(budget, 'spec');
      const pods = world
        .inNamespace(ref.namespace ?? '', 'Pod')
        .filter((pod) => isActive(pod) && guards(spec['selector'], pod.metadata.labels));
      if (pods.length === 0) events.record(SOURCE, budget, { reason: 'NoPods', message: 'No matching pods found' });
      const healthy = pods.filter(isReady).length;
      const desired =
        spec['maxUnavailable'] === undefined
          ? scaledValue(spec['minAvailable'], pods.length, 'up', 1)
          : Math.max(0, pods.length - scaledValue(spec['maxUnavailable'], pods.length, 'up', 0));
      const allowed = pods.length === 0 ? 0 : Math.max(0, healthy - desired);
      const condition: Condition = {
        type: 'DisruptionAllowed',
        status: allowed > 0 ? 'True' : 'False',
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: budget.metadata.generation,
      };
      writeStatus(world, budget, {
        observedGeneration: budget.metadata.generation,
        expectedPods: pods.length,
        currentHealthy: healthy,
        desiredHealthy: desired,
        disruptionsAllowed: allowed,
        conditions: withConditions(fieldsAt(budget, 'status'), [condition], world.nowIso()),
      });
      return undefined;
    },
  };
}

/** An empty selector guards every pod of the namespace, a missing one none. */
function guards(selector: unknown, labels: Readonly<Record<string, string>> | undefined): boolean {
  return isFields(selector) && matchesLabels(labelSelectorOf(selector), labels);
}
