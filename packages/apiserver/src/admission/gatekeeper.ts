import type { JsonObject, KubeObject } from '@stageset/k8s';
import type { Change, Gate, MutableChange } from '../registry/gate.ts';
import type { RequestOrigin, WriteRequest } from '../registry/write-request.ts';
import type { Writing } from '../registry/writing.ts';
import { type Attributes, isExempt, type Operation } from './attributes.ts';
import type { Policies } from './policies.ts';
import type { Webhooks } from './webhooks.ts';

const OPERATIONS: Readonly<Record<Change['operation'], Operation>> = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
};

/** Stands between a request and the storage: what others say about it counts. */
export class Gatekeeper implements Gate {
  readonly #webhooks: Webhooks;
  readonly #policies: Policies;

  constructor(webhooks: Webhooks, policies: Policies) {
    this.#webhooks = webhooks;
    this.#policies = policies;
  }

  isAsked({ kind, origin }: WriteRequest): boolean {
    if (origin === undefined || isExempt(kind)) return false;
    return this.#webhooks.mutates || this.#webhooks.validates || this.#policies.validates;
  }

  *mutate(request: WriteRequest, change: MutableChange): Writing<KubeObject> {
    const { object, unseen, settled } = change;
    const { origin } = request;
    if (origin === undefined || !this.#webhooks.mutates || isExempt(request.kind)) return object;
    const attributes = attributesOf(request, origin, { ...change, object: withoutFields(object, unseen) });
    const whole = attributes.object;
    const redo = (shown: KubeObject): KubeObject => {
      if (whole === undefined) return shown;
      return shownIn(origin, settled(origin.part?.put(object, shown) ?? shown), unseen);
    };
    const mutated = yield* this.#webhooks.mutate(attributes, request.warn, redo);
    if (mutated === undefined || mutated === whole) return object;
    return settled(origin.part?.put(object, mutated) ?? mutated);
  }

  *validate(request: WriteRequest, change: Change): Writing<void> {
    const { origin } = request;
    if (origin === undefined || isExempt(request.kind)) return;
    const attributes = attributesOf(request, origin, change);
    this.#policies.validate(attributes, request.warn);
    yield* this.#webhooks.validate(attributes, request.warn);
  }
}

/** An object with what a webhook does not see taken away, in the shape of the part that the request is for. */
function shownIn(origin: RequestOrigin, object: KubeObject, unseen: readonly string[]): KubeObject {
  const seen = withoutFields(object, unseen);
  return origin.part?.show(seen) ?? seen;
}

function withoutFields(object: KubeObject, unseen: readonly string[]): KubeObject {
  if (unseen.length === 0) return object;
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const field of unseen) delete metadata[field];
  return { ...object, metadata: metadata as unknown as KubeObject['metadata'] };
}

function attributesOf(request: WriteRequest, origin: RequestOrigin, change: Change): Attributes {
  const { kind, user, dryRun } = request;
  const { part } = origin;
  const show = (object: KubeObject): KubeObject => part?.show(object) ?? object;
  const isDeletion = change.operation === 'delete';
  const name = origin.isOfMany === true ? '' : (change.object.metadata.name ?? '');
  return {
    operation: OPERATIONS[change.operation],
    resource: kind,
    kind: part?.kind ?? kind,
    subresource: origin.subresource,
    name,
    namespace: kind.group === '' && kind.resource === 'namespaces' ? name : (request.namespace ?? ''),
    object: isDeletion ? undefined : show(change.object),
    oldObject: change.old === undefined ? undefined : show(change.old),
    user,
    dryRun,
    options: optionsOf(change.operation, origin.options),
  };
}

/** An apply that makes an object is a create to others. */
function optionsOf(operation: Change['operation'], options: JsonObject): JsonObject {
  return operation === 'create' ? { ...options, kind: 'CreateOptions' } : options;
}
