import { type ObjectRef, refOf } from '@stageset/k8s';
import { fieldsAt, textAt } from '../../builtin/fields.ts';
import { conditionOf } from '../conditions.ts';
import type { Controller } from '../controller.ts';
import type { EventRecorder } from '../events/recorder.ts';
import type { World } from '../world.ts';

/** Says where pods were put, or why nowhere. Where is decided as they are admitted: see `podAdmission`. */
export function schedulerController(world: World, events: EventRecorder): Controller {
  return {
    name: 'scheduler',
    kinds: ['Pod'],
    concerns: ({ type, object }) => (type === 'added' ? [refOf(object)] : []),
    reconcile: (ref: ObjectRef) => {
      const pod = world.registry.get(ref);
      if (pod === undefined) return undefined;
      const { namespace, name } = pod.metadata;
      const node = textAt(fieldsAt(pod, 'spec'), 'nodeName');
      if (node !== undefined) {
        const message = `Successfully assigned ${namespace}/${name} to ${node}`;
        events.schedule(pod, { action: 'Binding', reason: 'Scheduled', message });
        return undefined;
      }
      const refused = conditionOf(fieldsAt(pod, 'status'), 'PodScheduled')?.['message'];
      const message = typeof refused === 'string' ? refused : '';
      events.schedule(pod, { action: 'Scheduling', type: 'Warning', reason: 'FailedScheduling', message });
      return undefined;
    },
  };
}
