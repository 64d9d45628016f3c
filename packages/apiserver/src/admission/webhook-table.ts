import { keyOf, type Storage } from '../storage/storage.ts';
import { readWebhooks, type Webhook } from './webhook.ts';

const MUTATING = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
const VALIDATING = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

/** The webhooks that are in force, in the order of their configurations' names. Read anew when a configuration changes. */
export class WebhookTable {
  readonly #storage: Storage;
  #mutating: readonly Webhook[] | undefined = [];
  #validating: readonly Webhook[] | undefined = [];

  constructor(storage: Storage) {
    this.#storage = storage;
    storage.listen(MUTATING, () => {
      this.#mutating = undefined;
    });
    storage.listen(VALIDATING, () => {
      this.#validating = undefined;
    });
  }

  get mutating(): readonly Webhook[] {
    this.#mutating ??= this.#read(MUTATING);
    return this.#mutating;
  }

  get validating(): readonly Webhook[] {
    this.#validating ??= this.#read(VALIDATING);
    return this.#validating;
  }

  #read(table: string): readonly Webhook[] {
    const { keys, get } = this.#storage.at(table);
    return keys.flatMap((key) => {
      const configuration = get(keyOf(undefined, key));
      return configuration === undefined ? [] : readWebhooks(configuration);
    });
  }
}
