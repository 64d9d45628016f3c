import type { Authorization } from '../auth/authorization.ts';
import type { Gate } from '../registry/gate.ts';
import type { LocalRegistry } from '../registry/local-registry.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { Policies } from './policies.ts';
import { PolicyTable } from './policy-table.ts';
import { WebhookClient } from './webhook-client.ts';
import { WebhookTable } from './webhook-table.ts';
import { Webhooks } from './webhooks.ts';

/** Webhooks and policies of a registry, in force from now on. */
export function gatekeeperOf(registry: LocalRegistry, authorization: Authorization): Gate {
  const client = new WebhookClient(registry.clock);
  const webhooks = new Webhooks({
    table: new WebhookTable(registry.storage),
    kinds: registry.table,
    registry,
    authorization,
    asking: { client, registry },
  });
  const table = new PolicyTable(registry.storage);
  return new Gatekeeper(webhooks, new Policies({ table, kinds: registry.table, registry, authorization }));
}
