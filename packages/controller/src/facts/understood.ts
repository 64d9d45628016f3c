import { formatProblem, parseStageSet, type Stage, type StageSet, unsupportedFields } from '@stageset/api';
import { isJsonObject, type KubeObject, own } from '@stageset/k8s';
import { accountOf } from '../tenancy/targets.ts';

interface Understood {
  readonly stageSet: StageSet;
  readonly invalid?: string;
}

/** By object: its spec is looked through once for each version of it. */
const UNDERSTOOD = new WeakMap<KubeObject, Understood>();

/**
 * The StageSet that an object is, with the ServiceAccount of those that name none; and what is wrong with its spec, where it
 * cannot be relied on.
 */
export function understand(object: KubeObject, defaultAccount: string | undefined): Understood {
  const known = UNDERSTOOD.get(object);
  if (known !== undefined) return known;
  const parsed = parseStageSet(object);
  const problems = parsed.ok ? unsupportedFields(parsed.stageSet) : parsed.problems;
  const said = parsed.ok ? parsed.stageSet : withoutSpec(object);
  const stageSet = defaultAccount === undefined ? said : withAccount(said, defaultAccount);
  const invalid = problems.map(formatProblem).join('; ');
  const understood = invalid === '' ? { stageSet } : { stageSet, invalid };
  UNDERSTOOD.set(object, understood);
  return understood;
}

/** Whoever names no ServiceAccount gets this one. */
function withAccount(stageSet: StageSet, account: string): StageSet {
  if (accountOf(stageSet.spec, undefined) !== undefined) return stageSet;
  return { ...stageSet, spec: { ...stageSet.spec, serviceAccountName: account } };
}

/** A StageSet whose spec cannot be relied on: only what it has applied before is of use, to tear it down. */
function withoutSpec(object: KubeObject): StageSet {
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  const status = isJsonObject(object['status']) ? object['status'] : {};
  const stages = own(spec, 'stages');
  const kept: Stage[] = (Array.isArray(stages) ? stages : []).flatMap((stage: unknown) => {
    const name = isJsonObject(stage) ? own(stage, 'name') : undefined;
    if (!isJsonObject(stage) || typeof name !== 'string') return [];
    const prune = own(stage, 'prune');
    return [{ name, sourceRef: { name: '' }, ...(typeof prune === 'boolean' ? { prune } : {}) }];
  });
  return {
    apiVersion: 'stages.metio.wtf/v1',
    kind: 'StageSet',
    metadata: object.metadata,
    spec: { stages: kept, suspend: own(spec, 'suspend') === true, ...targetIn(spec) },
    status,
  };
}

/** Where it was delivered to, and as whom, as far as that can be read. */
function targetIn(
  spec: Readonly<Record<string, unknown>>,
): Pick<StageSet['spec'], 'serviceAccountName' | 'kubeConfig'> {
  const account = own(spec, 'serviceAccountName');
  const kubeConfig = own(spec, 'kubeConfig');
  const [secretRef, configMapRef] = ['secretRef', 'configMapRef'].map((key) => {
    const ref = isJsonObject(kubeConfig) ? own(kubeConfig, key) : undefined;
    const name = isJsonObject(ref) ? own(ref, 'name') : undefined;
    const at = isJsonObject(ref) ? own(ref, 'key') : undefined;
    return typeof name === 'string' ? { name, ...(typeof at === 'string' ? { key: at } : {}) } : undefined;
  });
  return {
    ...(typeof account === 'string' ? { serviceAccountName: account } : {}),
    ...(isJsonObject(kubeConfig)
      ? {
          kubeConfig: {
            ...(secretRef === undefined ? {} : { secretRef }),
            ...(configMapRef === undefined ? {} : { configMapRef }),
          },
        }
      : {}),
  };
}
