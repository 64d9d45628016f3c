import { ApiError, type StatusCause, UnknownKindError, UnreachableError } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { describe as inWords, summarise } from './failures.ts';

const ref = (kind: string, name = 'app') => ({ apiVersion: 'v1', kind, namespace: 'prod', name });
const api = (code: number, reason: string, message: string, causes: readonly StatusCause[] = []): ApiError =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details: { causes } });

describe('what went wrong with one object', () => {
  const typed = '.stringData.a: expected string, got &value.valueUnstructured{Value:hunter2}';
  const cases = [
    {
      name: 'in the words of the server',
      given: { ref: ref('ConfigMap'), error: api(400, 'BadRequest', 'that is no ConfigMap') },
      want: 'ConfigMap prod/app was refused (BadRequest): that is no ConfigMap',
    },
    {
      name: 'a Secret whose values the server quotes',
      given: { ref: ref('Secret'), error: api(500, 'InternalError', `failed to create typed patch object: ${typed}`) },
      want: 'Secret prod/app was refused (InternalError): the answer may quote its values and is not repeated; check the types of its fields',
    },
    {
      name: 'a Secret whose fields are named',
      given: {
        ref: ref('Secret'),
        error: api(422, 'Invalid', 'Secret "app" is invalid: data[a]: Invalid value: "hunter2"', [
          { field: 'data[a]', reason: 'FieldValueInvalid', message: 'Invalid value: "hunter2"' },
        ]),
      },
      want: 'Secret prod/app was refused (Invalid): data[a]: FieldValueInvalid',
    },
    {
      name: 'a Secret that is not base64',
      given: {
        ref: ref('Secret'),
        error: api(400, 'BadRequest', 'Secret in version "v1" cannot be handled: illegal base64 data at input byte 3'),
      },
      want: 'Secret prod/app was refused (BadRequest): illegal base64 data at input byte 3',
    },
    {
      name: 'an immutable field, with what to do',
      given: {
        ref: ref('Secret'),
        error: api(422, 'Invalid', 'no', [
          { field: 'type', reason: 'FieldValueInvalid', message: 'Invalid value: "x": field is immutable' },
        ]),
      },
      want: 'Secret prod/app cannot be changed in place: type is immutable; set conflictPolicy to Recreate to delete and create it anew, or change it back',
    },
    {
      name: 'no answer',
      given: { ref: ref('ConfigMap'), error: new UnreachableError('connection refused') },
      want: 'ConfigMap prod/app: connection refused',
    },
  ];
  test.each(cases)('$name', ({ given, want }) => expect(inWords(given)).toBe(want));
});

describe('several failures are one', () => {
  const retryOf = (error: unknown) => summarise('web', 'apply', [{ ref: ref('ConfigMap'), error }]);

  test.each([
    { name: 'what is forbidden may be granted', error: api(403, 'Forbidden', 'no'), want: ['RBACDenied', 'slowly'] },
    {
      name: 'a kind may be installed',
      error: new UnknownKindError('example.com/v1', 'Widget'),
      want: ['RBACDenied', 'slowly'],
    },
    { name: 'what is wrong stays wrong', error: api(422, 'Invalid', 'no'), want: ['StageFailed', 'retry'] },
    { name: 'a conflict passes', error: api(409, 'Conflict', 'no'), want: ['StageFailed', 'backoff'] },
    {
      name: 'a server that is ill gets well',
      error: api(500, 'InternalError', 'no'),
      want: ['StageFailed', 'backoff'],
    },
    { name: 'so does the network', error: new UnreachableError('no'), want: ['StageFailed', 'backoff'] },
  ])('$name', ({ error, want }) => {
    const { reason, retry } = retryOf(error);
    expect([reason, retry]).toEqual(want);
  });

  test('the first three are told, and how many more there are', () => {
    const failures = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
      ref: ref('ConfigMap', name),
      error: undefined,
      message: 'no',
    }));
    expect(summarise('web', 'apply', failures).message).toBe(
      'ConfigMap prod/a: no; ConfigMap prod/b: no; ConfigMap prod/c: no; and 2 other objects',
    );
  });
});
