import { type Action, type ActionPin, LABELS, type Stage, type StageSet } from '@stageset/api';
import { DeliveryError, type DesiredObject } from '@stageset/delivery';
import type { KubeObject } from '@stageset/k8s';
import type { Variables } from '../../facts/inputs.ts';
import type { World } from '../../facts/world.ts';

interface ActionBuild {
  readonly stageSet: StageSet;
  readonly stage: Stage;
  readonly action: Action;
  readonly pin: ActionPin | undefined;
  /** Those of the stage; absent while its identity cannot be had. */
  readonly variables: Variables | undefined;
  /** Tells one try from another: each has its own build, which ends with it. */
  readonly tries: number;
}

/**
 * Builds the source of a `job` or an `apply` action as that of its stage is built: from what the run has pinned, within the
 * same bounds, with the variables of the stage. What comes of it carries the owner's labels, but not that of the stage: it
 * is in no inventory. Rejects with a `DeliveryError`.
 */
export async function buildAction(
  world: World,
  { stageSet, stage, action, pin, variables, tries }: ActionBuild,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const source = action.job ?? action.apply;
  if (pin === undefined || source === undefined) {
    throw failed(stage, `the source of action "${action.name}" is not pinned by this run; it is by the next`);
  }
  if (variables === undefined) throw failed(stage, 'its variables cannot be read now');
  if (variables.state === 'missing') throw new DeliveryError(variables.failure);
  if (variables.state === 'syncing') throw failed(stage, `${variables.waitingFor} is being read`);
  const { path, sourceRef } = source;
  const built: Stage = {
    name: `${stage.name}/${action.name}#${tries}`,
    sourceRef,
    ...(path === undefined ? {} : { path }),
  };
  const { stage: _, action: __, ...artifact } = pin;
  const input = { pin: { stage: built.name, ...artifact }, variables };
  const failure = await new Promise((resolve) => {
    world.builds.begin(stageSet, built, input, { ended: resolve, signal });
    signal.addEventListener('abort', resolve, { once: true });
  });
  signal.throwIfAborted();
  const objects = world.builds.find(stageSet, built, world.builds.digestOf(built, input));
  if (objects === undefined) {
    const { message = 'it could not be built' } = (failure ?? {}) as { readonly message?: string };
    throw failed(stage, message);
  }
  return objects.map(withoutStage);
}

function failed(stage: Stage, message: string): DeliveryError {
  return new DeliveryError({ reason: 'StageFailed', stage: stage.name, message, retry: 'backoff' });
}

function withoutStage({ object }: DesiredObject): KubeObject {
  const { [LABELS.stage]: _, ...labels } = object.metadata.labels ?? {};
  return { ...object, metadata: { ...object.metadata, labels } };
}
