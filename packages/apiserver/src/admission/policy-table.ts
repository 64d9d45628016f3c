import type { KubeObject } from '@stageset/k8s';
import type { Storage } from '../storage/storage.ts';
import { type Binding, type Policy, readBinding, readPolicy } from './policy.ts';

const POLICIES = 'validatingadmissionpolicies.admissionregistration.k8s.io';
const BINDINGS = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';

export interface BoundPolicy {
  readonly policy: Policy;
  readonly bindings: readonly Binding[];
}

/** The policies that are bound, by name. Read anew when a policy or a binding changes. */
export class PolicyTable {
  readonly #storage: Storage;
  #bound: readonly BoundPolicy[] | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
    for (const table of [POLICIES, BINDINGS]) {
      storage.listen(table, () => {
        this.#bound = undefined;
      });
    }
  }

  get bound(): readonly BoundPolicy[] {
    this.#bound ??= this.#read();
    return this.#bound;
  }

  #read(): readonly BoundPolicy[] {
    const bindings = this.#all(BINDINGS).map(readBinding);
    if (bindings.length === 0) return [];
    return this.#all(POLICIES)
      .map((policy) => ({
        policy: readPolicy(policy),
        bindings: bindings.filter((binding) => binding.policy === policy.metadata.name),
      }))
      .filter((each) => each.bindings.length > 0);
  }

  #all(table: string): readonly KubeObject[] {
    const { keys, get } = this.#storage.at(table);
    return keys.flatMap((key) => get(key) ?? []);
  }
}
