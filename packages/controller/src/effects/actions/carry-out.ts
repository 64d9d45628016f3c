import { type ActStep, DeliveryError, type EffectState } from '@stageset/delivery';
import { applyManifests } from './apply.ts';
import { deleteObject } from './delete.ts';
import { type EffectContext, failedEffect, SUCCEEDED } from './effect-context.ts';
import { sendHttp } from './http.ts';
import { createJobs, stopJobs } from './job.ts';
import { patchObjects } from './patch.ts';

/** Carries out one effect of an action. Rejects only when it is told to stop, or for a bug. */
export async function carryOut(what: ActStep['what'], context: EffectContext): Promise<EffectState> {
  if (what === 'stop') return stopJobs(context);
  try {
    return await doIt(context);
  } catch (error) {
    // Before anything was done: what an action is to do could not be built.
    if (error instanceof DeliveryError) return failedEffect(error.failure.message);
    throw error;
  }
}

function doIt(context: EffectContext): Promise<EffectState> {
  switch (context.intent.verb) {
    case 'http':
      return sendHttp(context);
    case 'patch':
      return patchObjects(context);
    case 'delete':
      return deleteObject(context);
    case 'job':
      return createJobs(context);
    case 'apply':
      return applyManifests(context);
    case 'wait':
      return Promise.resolve(SUCCEEDED);
  }
}
