import { createEnvironment } from '../environment.ts';
import { type Compiled, compileExpression } from '../expression.ts';
import { AUTHORIZER_FUNCTIONS, AUTHORIZER_TYPES } from '../library/authorizer.ts';
import { LIBRARIES } from '../library/index.ts';
import { BOOL, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type Type } from '../types/type.ts';

/** What expressions of webhooks and policies may call: what rules of definitions may, and the authorizer. */
const ENVIRONMENT = createEnvironment({
  functions: [LIBRARIES.strings, LIBRARIES.lists, LIBRARIES.sets, LIBRARIES.kubernetes, AUTHORIZER_FUNCTIONS],
  optionals: true,
  mixedNumbers: true,
  pairs: true,
  bindings: false,
  uniformLiterals: true,
});

function objectType(name: string, fields: Readonly<Record<string, Type>>): Type {
  return { kind: 'object', name: `kubernetes.${name}`, fields: new Map(Object.entries(fields)) };
}

const texts = listOf(STRING);
const GROUP_VERSION_KIND = objectType('GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const GROUP_VERSION_RESOURCE = objectType('GroupVersionResource', { group: STRING, version: STRING, resource: STRING });

const REQUEST = objectType('AdmissionRequest', {
  kind: GROUP_VERSION_KIND,
  resource: GROUP_VERSION_RESOURCE,
  subResource: STRING,
  requestKind: GROUP_VERSION_KIND,
  requestResource: GROUP_VERSION_RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: objectType('UserInfo', {
    username: STRING,
    uid: STRING,
    groups: texts,
    extra: mapOf(STRING, texts),
  }),
  dryRun: BOOL,
  options: DYN,
});

const NAMESPACE = objectType('Namespace', {
  metadata: objectType('NamespaceMetadata', {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING, STRING),
    annotations: mapOf(STRING, STRING),
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: texts,
  }),
  spec: objectType('NamespaceSpec', { finalizers: texts }),
  status: objectType('NamespaceStatus', {
    conditions: listOf(
      objectType('NamespaceCondition', {
        status: STRING,
        type: STRING,
        lastTransitionTime: TIMESTAMP,
        message: STRING,
        reason: STRING,
      }),
    ),
    phase: STRING,
  }),
});

export interface AdmissionScope {
  readonly params?: boolean;
  /** False for messages, which ask nobody. */
  readonly authorizer?: boolean;
  /** Types of a policy's own variables, by name. Left out for a policy that has none: then nothing is called `variables`. */
  readonly variables?: ReadonlyMap<string, Type>;
}

/** Reads an expression of a webhook's or a policy's condition, validation, message or variable. */
export function compileAdmission(
  text: string,
  { params = false, authorizer = true, variables }: AdmissionScope = {},
): Compiled {
  const types = new Map<string, Type>([
    ['object', DYN],
    ['oldObject', DYN],
    ['request', REQUEST],
    ['namespaceObject', NAMESPACE],
  ]);
  if (authorizer) {
    types.set('authorizer', { kind: 'opaque', name: AUTHORIZER_TYPES.authorizer });
    types.set('authorizer.requestResource', { kind: 'opaque', name: AUTHORIZER_TYPES.requestResource });
  }
  if (params) types.set('params', DYN);
  if (variables !== undefined) {
    types.set('variables', objectType('variables', Object.fromEntries(variables)));
  }
  return compileExpression(text, { environment: ENVIRONMENT, variables: types });
}
