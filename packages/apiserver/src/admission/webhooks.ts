import { applyJsonPatch, deepEqual, isJsonObject, JsonPatchError, type KubeObject } from '@stageset/k8s';
import type { Authorization } from '../auth/authorization.ts';
import type { KindTable } from '../registry/kind-table.ts';
import type { Registry } from '../registry/registry.ts';
import { StatusError } from '../registry/status-error.ts';
import type { Writing } from '../registry/writing.ts';
import { type Asking, askWebhook, conditionFailure, internal } from './ask-webhook.ts';
import type { Attributes } from './attributes.ts';
import { meetsConditions } from './match-conditions.ts';
import type { Verdict } from './review.ts';
import { inVersion, type Match, matchRules } from './rules.ts';
import { isInNamespaces, isSelected } from './selection.ts';
import { admissionVariables } from './variables.ts';
import type { Webhook } from './webhook.ts';
import type { WebhookTable } from './webhook-table.ts';

export interface WebhookParts {
  readonly table: WebhookTable;
  readonly kinds: KindTable;
  readonly registry: Registry;
  readonly authorization: Authorization;
  readonly asking: Asking;
}

export type Warn = (message: string) => void;

/** What becomes of an object that a webhook has changed: decoded and defaulted anew. */
export type Redo = (object: KubeObject) => KubeObject;

/** Asks the webhooks that are in force about a request. */
export class Webhooks {
  readonly #parts: WebhookParts;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  get mutates(): boolean {
    return this.#parts.table.mutating.length > 0;
  }

  get validates(): boolean {
    return this.#parts.table.validating.length > 0;
  }

  /**
   * The object as the mutating webhooks leave it, each asked with what the one before made of it. Those that wish so are
   * asked once more when another one changed the object after them.
   */
  *mutate(attributes: Attributes, warn: Warn, redo: Redo): Writing<KubeObject | undefined> {
    const pass = new Pass(attributes.object);
    for (const webhook of this.#parts.table.mutating) yield* this.#ask(webhook, attributes, pass, warn, redo);
    for (const webhook of this.#parts.table.mutating) {
      if (pass.isToBeAskedAgain(webhook)) yield* this.#ask(webhook, attributes, pass, warn, redo);
    }
    return pass.object;
  }

  *#ask(webhook: Webhook, { object: _, ...request }: Attributes, pass: Pass, warn: Warn, redo: Redo): Writing<void> {
    const attributes = { ...request, object: pass.object };
    const match = this.#match(webhook, attributes);
    if (match === undefined) return;
    const shown = inVersion(attributes, match);
    const question = { webhook, attributes: shown, match, isMutating: true, warn };
    const verdict = yield* askWebhook(question, this.#parts.asking);
    const patched = verdict === undefined ? undefined : patchedObject(webhook, shown.object, verdict);
    if (patched !== undefined) {
      const { apiVersion } = attributes.object ?? patched;
      pass.change(redone({ ...patched, apiVersion }, redo));
    }
    pass.done(webhook);
  }

  /** @throws what one of the validating webhooks refuses with. */
  *validate(attributes: Attributes, warn: Warn): Writing<void> {
    for (const webhook of this.#parts.table.validating) {
      const match = this.#match(webhook, attributes);
      if (match === undefined) continue;
      const shown = inVersion(attributes, match);
      yield* askWebhook({ webhook, attributes: shown, match, isMutating: false, warn }, this.#parts.asking);
    }
  }

  /** Whether a webhook is to be asked, and as what. @throws 404 or 403 when that cannot be said. */
  #match(webhook: Webhook, attributes: Attributes): Match | undefined {
    const { kinds, registry, authorization } = this.#parts;
    const match = matchRules(webhook.rules, attributes, kinds, webhook.isEquivalent);
    if (match === undefined || !isSelected(webhook.objectSelector, attributes)) return undefined;
    if (!isInNamespaces(webhook.namespaceSelector, attributes, registry)) return undefined;
    if (webhook.conditions.conditions.length === 0) return match;
    const shown = inVersion(attributes, match);
    const met = meetsConditions(webhook.conditions, admissionVariables(shown, match, authorization));
    if ('error' in met) throw conditionFailure(attributes, met.error);
    return met.met ? match : undefined;
  }
}

/** One request on its way through the mutating webhooks. */
class Pass {
  object: KubeObject | undefined;
  readonly #asked = new Set<Webhook>();
  readonly #again = new Set<Webhook>();

  constructor(object: KubeObject | undefined) {
    this.object = object;
  }

  /** Those that were asked before, and wish so, are to see what has changed since. */
  change(next: KubeObject): void {
    const isChanged = !deepEqual(next, this.object);
    this.object = next;
    if (!isChanged) return;
    for (const webhook of this.#asked) this.#again.add(webhook);
    this.#asked.clear();
  }

  done(webhook: Webhook): void {
    if (webhook.isReinvoked) this.#asked.add(webhook);
  }

  isToBeAskedAgain(webhook: Webhook): boolean {
    return this.#again.has(webhook);
  }
}

const BAD_REQUEST = 400;

/** @throws 500 for what is no object of the kind any more: that is the webhook's fault, not the sender's. */
function redone(patched: KubeObject, redo: Redo): KubeObject {
  try {
    return redo(patched);
  } catch (error) {
    if (error instanceof StatusError && error.status.code === BAD_REQUEST) throw internal(error.message);
    throw error;
  }
}

/** `undefined` when nothing is to be changed. @throws 500 for a patch that is none, or that does not fit. */
function patchedObject({ name }: Webhook, object: KubeObject | undefined, verdict: Verdict): KubeObject | undefined {
  const { patch } = verdict;
  if (patch.length === 0) return undefined;
  if (object === undefined) {
    throw internal(
      `admission webhook ${JSON.stringify(name)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  try {
    const patched = applyJsonPatch(object, patch);
    if (isJsonObject(patched) && isJsonObject(patched['metadata'])) return patched as KubeObject;
    throw internal('the patched object is no object any more');
  } catch (error) {
    if (error instanceof JsonPatchError) throw internal(error.message);
    throw error;
  }
}
