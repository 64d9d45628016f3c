/** Schemas that several kinds of this API share. */
import { instant, list, name, object, oneOf, optional, text, whole64 } from './kit.ts';

/** `metav1.Condition`. */
const condition = object('One aspect of the state of this object.', {
  type: text('What the condition is about: Ready, Reconciling or Stalled.', {
    maxLength: 316,
    pattern:
      '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
  }),
  status: oneOf(['True', 'False', 'Unknown'], 'Whether the condition holds.'),
  observedGeneration: optional(whole64('The generation of the spec that this was said of.', { minimum: 0 })),
  lastTransitionTime: instant('When status last changed.'),
  reason: text('Why, in one stable word for machines.', {
    minLength: 1,
    maxLength: 1024,
    pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
  }),
  message: text('Why, in words for people.', { maxLength: 32768 }),
});

export const conditions = list('What is the case with this object; one entry a type.', condition, { keys: ['type'] });

export const sourceReference = (description: string) =>
  object(description, {
    apiVersion: optional(
      text(
        'API version of the source. Not needed for ExternalArtifact, GitRepository, OCIRepository and Bucket; any other kind is a producer, whose ExternalArtifact is looked up, and needs it.',
      ),
    ),
    kind: optional(text('Kind of the source.', { effectiveDefault: 'ExternalArtifact' })),
    name: name('Name of the source.'),
    namespace: optional(text('Namespace of the source; that of this StageSet when absent.')),
  });

export const secretName = (description: string) => object(description, { name: name('Name of the Secret.') });

/** Names one object in the namespace of the StageSet unless it says otherwise. */
export const objectTarget = (description: string) =>
  object(description, {
    apiVersion: optional(text('API version of the object, such as apps/v1; the core API when absent.')),
    kind: name('Kind of the object.'),
    name: name('Name of the object.'),
    namespace: optional(text('Namespace of the object; that of the StageSet when absent.')),
  });

export const metricSource = (description: string) =>
  object(
    description,
    {
      prometheus: optional(
        object('A query to a server with the HTTP API of Prometheus; its answer must be one sample.', {
          address: name('Base URL of the server, http or https.'),
          query: name('PromQL expression.'),
          secretRef: optional(secretName('Secret whose key `token` is sent as bearer token.')),
        }),
      ),
      webhook: optional(
        object('A GET request whose JSON answer holds the number.', {
          url: name('URL to read, http or https.'),
          jsonPath: name('JSONPath, as kubectl writes it, that selects exactly one number.'),
          secretRef: optional(secretName('Secret whose key `token` is sent as bearer token.')),
        }),
      ),
    },
    {
      rules: [
        {
          rule: 'has(self.prometheus) != has(self.webhook)',
          message: 'exactly one of prometheus and webhook must be set',
        },
      ],
    },
  );

const ON_FAILURE = ['Hold', 'Rollback'] as const;

export const onFailure = (description: string, effective?: 'Hold') =>
  oneOf(ON_FAILURE, description, effective === undefined ? {} : { effectiveDefault: effective });

export const onTimeout = (description: string) => oneOf(ON_FAILURE, description);
