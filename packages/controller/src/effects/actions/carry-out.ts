import type { ActStep, EffectState } from '@stageset/delivery';
import { deleteObject } from './delete.ts';
import { type EffectContext, SUCCEEDED } from './effect-context.ts';
import { sendHttp } from './http.ts';
import { patchObjects } from './patch.ts';

/** Carries out one effect of an action. Rejects only when it is told to stop, or for a bug. */
export function carryOut(what: ActStep['what'], context: EffectContext): Promise<EffectState> {
  if (what === 'stop') return Promise.resolve(SUCCEEDED);
  switch (context.intent.verb) {
    case 'http':
      return sendHttp(context);
    case 'patch':
      return patchObjects(context);
    case 'delete':
      return deleteObject(context);
    case 'job':
    case 'apply':
    case 'wait':
      return Promise.resolve(SUCCEEDED);
  }
}
