import { validateRules } from '@stageset/cel';
import {
  applyDefaults,
  type JsonObject,
  type KubeObject,
  type Nulls,
  type Schema,
  type StatusCause,
  validate,
} from '@stageset/k8s';
import type { Builtins } from '../builtin/contract.ts';
import { DecodeFault } from '../builtin/decode-fault.ts';
import { cannotHandle, withoutUnknownFields } from './decode.ts';
import { decodeEmbedded, EmbeddedFault, embeddedFaults } from './embedded-metadata.ts';
import type { Gate, MutableChange } from './gate.ts';
import type { WriteContext, WriteHook } from './hooks.ts';
import type { KindSchemas } from './kind-schema.ts';
import { validateMetadata } from './metadata.ts';
import { isNamespace, newNamespace } from './namespaces.ts';
import type { Registry } from './registry.ts';
import { invalid } from './status-error.ts';
import type { WriteRequest } from './write-request.ts';
import type { Writing } from './writing.ts';

/** What an object goes through between the client's words and the storage. */
export class Admission {
  readonly #builtins: Builtins;
  readonly #schemas: KindSchemas;
  readonly #hooks: WriteHook[] = [];
  #registry: Registry | undefined;
  #gate: Gate | undefined;

  constructor(builtins: Builtins, schemas: KindSchemas) {
    this.#builtins = builtins;
    this.#schemas = schemas;
  }

  /** Hooks see the registry they run in. */
  serve(registry: Registry): void {
    this.#registry = registry;
  }

  /** From now on, requests from outside pass this gate. */
  guard(gate: Gate): void {
    this.#gate = gate;
  }

  /** Whether anybody else has a say in such a request. */
  isAsked(request: WriteRequest): boolean {
    return this.#gate?.isAsked(request) === true;
  }

  addHook(hook: WriteHook): void {
    this.#hooks.push(hook);
  }

  /** Unknown fields dropped (or refused), defaults filled in. */
  clean(request: WriteRequest, object: KubeObject, nulls: Nulls = 'dropped'): KubeObject {
    const isCustom = request.kind.origin === 'custom';
    const decoded = isCustom ? withEmbedded(object, request, nulls) : object;
    const known = withoutUnknownFields(request, decoded, this.#schemas.of(request.kind));
    if (isCustom) return withDefaults(known, request, nulls);
    try {
      return named(this.#builtins.applyBuiltinDefaults(known));
    } catch (error) {
      if (error instanceof DecodeFault) throw cannotHandle(request.kind, error.message);
      throw error;
    }
  }

  /** The object as those leave it who may change it. */
  *mutate(request: WriteRequest, change: MutableChange): Writing<KubeObject> {
    if (this.#gate === undefined || !this.#gate.isAsked(request)) return change.object;
    return yield* this.#gate.mutate(request, change);
  }

  /** Hooks, then validation, then whoever else has a say. On delete nothing of what hooks return is used. */
  *admit(
    request: WriteRequest,
    operation: WriteContext['operation'],
    object: KubeObject,
    old: KubeObject | undefined,
  ): Writing<KubeObject> {
    const admitted = this.#admit(request, operation, object, old);
    if (this.#gate?.isAsked(request) === true)
      yield* this.#gate.validate(request, { operation, object: admitted, old });
    return admitted;
  }

  /** On delete nothing is validated. */
  #admit(
    request: WriteRequest,
    operation: WriteContext['operation'],
    object: KubeObject,
    old: KubeObject | undefined,
  ): KubeObject {
    const { kind, subresource, dryRun, user, warn } = request;
    let admitted = operation === 'create' && isNamespace(object) ? newNamespace(object) : object;
    const registry = this.#registry;
    if (registry !== undefined) {
      const context = { operation, kind, subresource, old, dryRun, user, warn, registry };
      for (const hook of this.#hooks) if (concerns(hook, kind)) admitted = hook.admit(admitted, context);
    }
    if (operation === 'delete') return object;
    const faults = [...validateMetadata(kind, admitted, old), ...this.#faults(request, admitted, old)];
    const causes = [...faults, ...ruleFaults(request, admitted, old, faults)];
    if (causes.length > 0) throw invalid({ group: kind.group, name: kind.kind }, admitted.metadata.name, causes);
    if (operation === 'create') request.requireCreate?.();
    return admitted;
  }

  #faults(request: WriteRequest, object: KubeObject, old: KubeObject | undefined): readonly StatusCause[] {
    if (request.kind.origin === 'builtin') return this.#builtins.validateBuiltin(object, old);
    const schema = request.kind.schema();
    if (schema === undefined) return [];
    const enforced = request.subresource === 'status' ? statusSchema(schema) : schema;
    return [...validate(object, enforced, old === undefined ? {} : { old }), ...embeddedFaults(object, enforced)];
  }
}

/** What a write of the status is held against: the rest of the object is not looked at. */
function statusSchema({ properties = {} }: Schema): Schema {
  const status = Object.hasOwn(properties, 'status') ? properties['status'] : undefined;
  return status === undefined ? {} : { type: 'object', properties: { status } };
}

/** Objects whose shape is wrong are not shown to the rules of their kind. */
const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const UNCHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

function ruleFaults(
  { kind, warn }: WriteRequest,
  object: KubeObject,
  old: KubeObject | undefined,
  faults: readonly StatusCause[],
): readonly StatusCause[] {
  const rules = kind.rules?.();
  if (rules === undefined) return [];
  if (faults.some(({ reason = '' }) => BLOCKING.has(reason))) {
    return [{ reason: 'FieldValueInvalid', message: `Invalid value: null: ${UNCHECKED}`, field: '<nil>' }];
  }
  const { causes, warnings } = validateRules(rules, object, old);
  for (const warning of warnings) warn(warning);
  return causes;
}

/** An empty name is dropped with everything else that is empty; a name there must be, if only to be refused. */
function named(object: KubeObject): KubeObject {
  const { name = '', ...metadata } = object.metadata as Partial<KubeObject['metadata']>;
  return name === '' ? { ...object, metadata: { ...metadata, name } } : object;
}

function withEmbedded(object: KubeObject, { kind }: WriteRequest, nulls: Nulls): KubeObject {
  const schema = kind.schema();
  if (schema === undefined) return object;
  try {
    return decodeEmbedded(object, schema, nulls) as KubeObject;
  } catch (error) {
    if (error instanceof EmbeddedFault) throw cannotHandle(kind, error.message);
    throw error;
  }
}

function withDefaults(object: KubeObject, { kind }: WriteRequest, nulls: Nulls): KubeObject {
  const schema = kind.schema();
  if (schema === undefined) return object;
  const defaulted = applyDefaults<JsonObject>(object, schema, nulls);
  if (defaulted === object) return object;
  return { ...defaulted, apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata };
}

function concerns(hook: WriteHook, kind: { readonly group: string; readonly kind: string }): boolean {
  return (
    hook.kinds === undefined || hook.kinds.some((wanted) => wanted.group === kind.group && wanted.kind === kind.kind)
  );
}
