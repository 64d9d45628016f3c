import { type ObjectRef, refOf } from '@stageset/k8s';
import { fieldsAt, listAt } from '../builtin/fields.ts';
import type { Controller } from './controller.ts';
import { delayOf } from './scenario/behaviour.ts';
import type { Directions } from './scenario/directions.ts';
import { externalAddress } from './services.ts';
import type { Timing } from './timing.ts';
import type { World } from './world.ts';

/** All ingresses share the address of one simulated ingress controller. */
const INGRESS_ADDRESS = externalAddress(2);

const WRITER = { fieldManager: 'simulated-ingress' };

/** Gives every ingress its address a moment after it is made. */
export function ingressController(world: World, directions: Directions, timing: Timing): Controller {
  const bornMs = new Map<string, number>();
  const reconcile = (ref: ObjectRef): number | undefined => {
    const ingress = world.registry.get(ref);
    if (ingress === undefined || listAt(fieldsAt(ingress, 'status', 'loadBalancer'), 'ingress').length > 0) {
      return undefined;
    }
    const { uid = '' } = ingress.metadata;
    const firstMs = bornMs.get(uid) ?? world.now();
    bornMs.set(uid, firstMs);
    const delayMs = delayOf(directions.of(ingress), timing.addressMs);
    if (delayMs === undefined) return undefined;
    const waitMs = firstMs + delayMs - world.now();
    if (waitMs > 0) return waitMs;
    world.registry.patchStatus(ref, { loadBalancer: { ingress: [{ ip: INGRESS_ADDRESS }] } }, WRITER);
    return undefined;
  };
  return {
    name: 'ingress',
    kinds: ['Ingress'],
    concerns: ({ type, object }) => {
      if (type === 'deleted') bornMs.delete(object.metadata.uid ?? '');
      return type === 'deleted' ? [] : [refOf(object)];
    },
    reconcile,
  };
}
