import { type JsonObject, type KubeObject, type LabelSelector, labelSelectorOf } from '@stageset/k8s';
import { type MatchConditions, readMatchConditions } from './match-conditions.ts';
import { objectOf, objectsOf, textOf } from './read.ts';
import { type Rule, readRules } from './rules.ts';

/** Where a webhook is: an address, or a service of the cluster. */
export interface WebhookTarget {
  readonly url: string | undefined;
  readonly service: ServiceRef | undefined;
  /** PEM of who vouches for it; empty: whoever the system trusts. */
  readonly authority: string;
}

export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly port: number;
}

/** One webhook of a configuration, ready to be asked. */
export interface Webhook {
  readonly name: string;
  readonly target: WebhookTarget;
  readonly rules: readonly Rule[];
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
  readonly conditions: MatchConditions;
  readonly isEquivalent: boolean;
  /** What does not answer is passed over. */
  readonly ignoresFailure: boolean;
  readonly timeoutSeconds: number;
  readonly hasSideEffects: boolean;
  /** Asked again when another one has changed the object since. */
  readonly isReinvoked: boolean;
}

const DEFAULT_TIMEOUT_S = 10;
const HTTPS_PORT = 443;

/** The webhooks of a configuration, in its order. */
export function readWebhooks(configuration: KubeObject): readonly Webhook[] {
  return objectsOf(configuration['webhooks']).map(readWebhook);
}

function readWebhook(webhook: JsonObject): Webhook {
  const { timeoutSeconds } = webhook;
  const ignoresFailure = webhook['failurePolicy'] === 'Ignore';
  return {
    name: textOf(webhook['name']),
    target: readTarget(objectOf(webhook['clientConfig'])),
    rules: readRules(webhook['rules']),
    namespaceSelector: labelSelectorOf(objectOf(webhook['namespaceSelector'])),
    objectSelector: labelSelectorOf(objectOf(webhook['objectSelector'])),
    conditions: readMatchConditions(webhook['matchConditions'], ignoresFailure),
    isEquivalent: webhook['matchPolicy'] !== 'Exact',
    ignoresFailure,
    timeoutSeconds: typeof timeoutSeconds === 'number' ? timeoutSeconds : DEFAULT_TIMEOUT_S,
    hasSideEffects: !['None', 'NoneOnDryRun'].includes(textOf(webhook['sideEffects'])),
    isReinvoked: webhook['reinvocationPolicy'] === 'IfNeeded',
  };
}

function readTarget(config: JsonObject): WebhookTarget {
  const { url, service } = config;
  const { namespace, name, path, port } = objectOf(service);
  return {
    url: typeof url === 'string' ? url : undefined,
    service:
      service === undefined
        ? undefined
        : {
            namespace: textOf(namespace),
            name: textOf(name),
            path: textOf(path),
            port: typeof port === 'number' ? port : HTTPS_PORT,
          },
    authority: Buffer.from(textOf(config['caBundle']), 'base64').toString('utf8'),
  };
}
