import type { KubeObject } from '@stageset/k8s';
import { GROUP, LABELS, VERSION } from '../names.ts';
import {
  STAGE_INVENTORY_SPEC,
  STAGE_LEDGER_SPEC,
  STAGE_LEDGER_STATUS,
  STAGE_SET_SPEC,
  STAGE_SET_STATUS,
} from '../schema/definition.ts';
import { MAX_LABEL_VALUE_LENGTH } from '../schema/stage.ts';
import { AGE, crd } from './definition.ts';

const shared = { group: GROUP, version: VERSION } as const;

function readyColumn(name: string, field: string) {
  return { name, type: 'string', jsonPath: `.status.conditions[?(@.type=="Ready")].${field}` } as const;
}

/** The definitions of the kinds of this API, in the order in which they are to be applied. Fresh objects on each call. */
export function crds(): KubeObject[] {
  return [
    crd({
      ...shared,
      kind: 'StageInventory',
      plural: 'stageinventories',
      description: 'The objects that one stage of a StageSet has applied: what pruning and teardown go by.',
      spec: STAGE_INVENTORY_SPEC,
      specRequired: false,
      columns: [
        { name: 'Stage', type: 'string', jsonPath: `.metadata.labels.${LABELS.stage.replaceAll('.', '\\.')}` },
        AGE,
      ],
    }),
    crd({
      ...shared,
      kind: 'StageLedger',
      plural: 'stageledgers',
      shortNames: ['sledger'],
      description: 'What a StageSet has done once ever. It outlives the StageSet, so that nothing is done twice.',
      spec: STAGE_LEDGER_SPEC,
      specRequired: false,
      status: STAGE_LEDGER_STATUS,
      columns: [
        { name: 'Completed', type: 'string', jsonPath: '.status.completedActions[*].action', priority: 1 },
        AGE,
      ],
    }),
    crd({
      ...shared,
      kind: 'StageSet',
      plural: 'stagesets',
      description: 'A release, delivered stage by stage: each stage begins only when the one before it is ready.',
      spec: STAGE_SET_SPEC,
      specRequired: true,
      status: STAGE_SET_STATUS,
      columns: [readyColumn('Ready', 'status'), readyColumn('Status', 'message'), AGE],
      rules: [
        {
          rule: `size(self.metadata.name) <= ${MAX_LABEL_VALUE_LENGTH}`,
          message: `the name becomes the value of a label and may have at most ${MAX_LABEL_VALUE_LENGTH} characters`,
        },
      ],
    }),
  ];
}
