import { type Fields, fieldsAt, listAt, numberAt, textAt } from '../fields.ts';
import { age, ingressAddresses, labelsText, NONE, type Row, selectorText, someOf, UNKNOWN, UNSET } from './cells.ts';

function externalAddress(type: unknown, spec: Fields, balanced: string): string {
  const external = Array.isArray(spec['externalIPs']) ? spec['externalIPs'] : [];
  switch (type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.length > 0 ? external.join(',') : NONE;
    case 'LoadBalancer':
      return [...(balanced === '' ? [] : [balanced]), ...external].join(',') || '<pending>';
    case 'ExternalName':
      return textAt(spec, 'externalName') ?? '';
    default:
      return UNKNOWN;
  }
}

const service: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const addresses = Array.isArray(spec['clusterIPs']) ? spec['clusterIPs'] : [];
  const ports = listAt(spec, 'ports').map(({ port, nodePort, protocol }) =>
    nodePort === undefined
      ? `${String(port)}/${String(protocol)}`
      : `${String(port)}:${String(nodePort)}/${String(protocol)}`,
  );
  return [
    object.metadata.name,
    spec['type'],
    addresses[0] ?? NONE,
    externalAddress(spec['type'], spec, ingressAddresses(object)),
    ports.length === 0 ? NONE : ports.join(','),
    age(object, now),
    labelsText(fieldsAt(spec, 'selector')),
  ];
};

const endpoints: Row = (object, now) => {
  const all = listAt(object, 'subsets').flatMap((subset) => {
    const ports = listAt(subset, 'ports');
    const addresses = listAt(subset, 'addresses').map(({ ip }) => String(ip));
    if (ports.length === 0) return addresses;
    return ports.flatMap(({ port }) => addresses.map((ip) => `${ip.includes(':') ? `[${ip}]` : ip}:${String(port)}`));
  });
  const text = someOf(all);
  return [object.metadata.name, text === '' ? NONE : text, age(object, now)];
};

const endpointSlice: Row = (object, now) => {
  const ports = listAt(object, 'ports').map((port) => numberAt(port, 'port') ?? textAt(port, 'name') ?? '*');
  const addresses = listAt(object, 'endpoints').flatMap((one) =>
    Array.isArray(one['addresses']) ? one['addresses'] : [],
  );
  return [
    object.metadata.name,
    object['addressType'],
    someOf(ports) || UNSET,
    someOf(addresses) || UNSET,
    age(object, now),
  ];
};

const ingress: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const rules = listAt(spec, 'rules');
  const hosts = rules.flatMap((rule) => textAt(rule, 'host') ?? []);
  return [
    object.metadata.name,
    textAt(spec, 'ingressClassName') ?? NONE,
    someOf(hosts, rules.length) || '*',
    ingressAddresses(object),
    listAt(spec, 'tls').length > 0 ? '80, 443' : '80',
    age(object, now),
  ];
};

const ingressClass: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const parameters = fieldsAt(spec, 'parameters');
  const group = textAt(parameters, 'apiGroup');
  const kind = textAt(parameters, 'kind');
  const named =
    kind === undefined ? NONE : `${kind}${group === undefined ? '' : `.${group}`}/${String(parameters['name'])}`;
  return [object.metadata.name, spec['controller'], named, age(object, now)];
};

const networkPolicy: Row = (object, now) => [
  object.metadata.name,
  selectorText(fieldsAt(object, 'spec')['podSelector']),
  age(object, now),
];

export const NETWORK_ROWS: Readonly<Record<string, Row>> = {
  '/Service': service,
  '/Endpoints': endpoints,
  'discovery.k8s.io/EndpointSlice': endpointSlice,
  'networking.k8s.io/Ingress': ingress,
  'networking.k8s.io/IngressClass': ingressClass,
  'networking.k8s.io/NetworkPolicy': networkPolicy,
};
