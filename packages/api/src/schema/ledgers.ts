/** What is remembered beside the status: the objects of each stage, and what is done once ever. */
import { conditions } from './common.ts';
import { flag, instant, list, name, object, oneOf, optional, text, whole } from './kit.ts';

export const stageInventorySpec = object('The objects that one stage has applied, or a part of them.', {
  stagePosition: optional(whole('Position of the stage in the spec when this was written.')),
  // No keys: the API server would note the owner of every entry, and the object would be twice as large for nothing.
  entries: optional(
    list(
      'The objects.',
      object('One object.', {
        id: name('namespace_name_group_kind; empty where the object has no namespace or is of the core group.'),
        v: text('API version without the group.'),
        sa: optional(text('ServiceAccount that applied it; the controller itself when absent.')),
        prune: optional(flag('False when the stage was applied with prune: false.')),
        at: optional(
          text(
            "Where it was applied: Secret/name/key or ConfigMap/name of spec.kubeConfig, and the address it led to; the controller's own cluster when absent.",
          ),
        ),
      }),
    ),
  ),
});

export const stageLedgerSpec = object('What is to count as done.', {
  baseline: optional(
    list(
      'Actions of scope Lifetime that were done before this StageSet took over.',
      object('One action.', {
        stage: name('Name of the stage.'),
        action: name('Name of the action.'),
      }),
      { keys: ['stage', 'action'] },
    ),
  ),
});

export const stageLedgerStatus = object('What is done.', {
  completedActions: optional(
    list(
      'Actions of scope Lifetime that are done.',
      object('One action.', {
        stage: name('Name of the stage.'),
        action: name('Name of the action.'),
        origin: oneOf(['Executed', 'Baselined'], 'Whether it was run, or declared as done.'),
        digest: optional(text('Identifies the content of the action.')),
        anchor: optional(
          object('The object that witnesses it.', {
            apiVersion: name('API version of the object.'),
            kind: name('Kind of the object.'),
            name: name('Name of the object.'),
            uid: name('UID of the object.'),
          }),
        ),
        completedAt: instant('When it was done.'),
      }),
      { keys: ['stage', 'action'] },
    ),
  ),
  pendingActions: optional(
    list(
      'Actions of scope Lifetime that were begun; written before anything is done for them.',
      object('One action.', {
        stage: name('Name of the stage.'),
        action: name('Name of the action.'),
        key: name('Identifies the effect, also for a StageSet that is created anew.'),
        digest: optional(text('Identifies the content of the action.')),
        startedAt: instant('When it was begun.'),
      }),
      { keys: ['stage', 'action'] },
    ),
  ),
  conditions: optional(conditions),
});
