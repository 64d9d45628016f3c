import { get, type Json, post, type Step } from './transcript/steps.ts';

/** Something that a real cluster serves and the local one does not. */
export interface OutOfScope {
  readonly name: string;
  readonly why: string;
  /** A request for it, and the refusal. Without one, objects are kept and a warning says that nothing acts on them. */
  readonly steps: readonly Step[];
  readonly answer: { readonly code: number; readonly says: RegExp } | { readonly warns: RegExp };
}

const pod: Json = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const webhooks = '/apis/admissionregistration.k8s.io/v1';
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const container = (action: string): OutOfScope => ({
  name: `pods/${action}`,
  why: 'no containers run: there is no process to talk to',
  steps: [post('pods', pod), get(`pods/p/${action}`)],
  answer: { code: 501, says: /runs no containers/ },
});

/** The whole list. What is not on it behaves as on a real cluster, or it is a fault. */
export const OUT_OF_SCOPE: readonly OutOfScope[] = [
  {
    name: 'metrics of the server',
    why: 'nobody scrapes a cluster of minutes',
    steps: [get('/metrics')],
    answer: { code: 501, says: /does not serve \/metrics/ },
  },
  {
    name: 'keys of tokens',
    why: 'tokens are for this cluster alone: their key is a secret, not one that others can check with',
    steps: [get('/openid/v1/jwks')],
    answer: { code: 501, says: /nobody else can check them/ },
  },
  container('exec'),
  container('attach'),
  container('portforward'),
  {
    name: 'quotas',
    why: 'releases are not limited on a machine of one’s own; counting every write would slow all of them',
    steps: [post('resourcequotas', { metadata: { name: 'q' }, spec: { hard: { pods: '1' } } })],
    answer: { warns: /quotas are not enforced/ },
  },
  {
    name: 'limit ranges',
    why: 'pods are not scheduled by their resources',
    steps: [post('limitranges', { metadata: { name: 'l' }, spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } })],
    answer: { warns: /limits are not applied/ },
  },
  {
    name: 'webhooks behind a Service',
    why: 'no containers run: there is nobody behind it; a webhook with a url is asked',
    steps: [
      post('services', { metadata: { name: 's' }, spec: { ports: [{ port: 443 }] } }),
      post(`${webhooks}/validatingwebhookconfigurations`, {
        metadata: { name: 'w' },
        webhooks: [
          {
            name: 'w.example.com',
            clientConfig: { service: { namespace: '{ns}', name: 's' } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
            objectSelector: { matchLabels: { asked: 'yes' } },
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
          },
        ],
      }),
      post('configmaps', { metadata: { name: 'c', labels: { asked: 'yes' } } }),
    ],
    answer: { code: 500, says: /no containers run in the local cluster/ },
  },
  {
    name: 'objects nested deeper than 500 levels',
    why: 'a real server takes 10,000, which nothing in use comes near',
    steps: [post('configmaps', { metadata: { name: 'p' }, deep: deep(501) })],
    answer: { code: 400, says: /exceeded max depth: 500 levels/ },
  },
  {
    name: 'protobuf answers',
    why: 'clients that ask for it take JSON in the second place',
    steps: [get('configmaps', { headers: { accept: 'application/vnd.kubernetes.protobuf' } })],
    answer: { code: 406, says: /application\/json/ },
  },
];
