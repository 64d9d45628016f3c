import { isIP } from 'node:net';
import { type KubeObject, validateDns1123Label, validateDns1123Subdomain } from '@stageset/k8s';
import { type Fields, fieldsAt, listAt, textAt } from '../fields.ts';
import type { Faults } from './faults.ts';
import { validatePortReference } from './port-names.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export function validateService(object: KubeObject, old: KubeObject | undefined, faults: Faults): void {
  const spec = fieldsAt(object, 'spec');
  const ports = listAt(spec, 'ports');
  const { type } = spec;
  const isExternal = type === 'ExternalName';
  if (ports.length === 0 && !isExternal && spec['clusterIP'] !== 'None') faults.required('spec.ports');
  if (isExternal) {
    const name = textAt(spec, 'externalName');
    if (name === undefined) faults.required('spec.externalName');
    else faults.invalidAll('spec.externalName', name, validateDns1123Subdomain(name.replace(/\.$/, '')));
  }
  validatePorts(ports, faults);
  faults.oneOf('spec.sessionAffinity', spec['sessionAffinity'], ['ClientIP', 'None']);
  validateAddress(spec, faults);
  faults.oneOf('spec.type', type, TYPES);
  if (old !== undefined) validateSameAddress(spec, fieldsAt(old, 'spec'), faults);
}

function validatePorts(ports: readonly Fields[], faults: Faults): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    const name = textAt(port, 'name');
    if (name === undefined) {
      if (ports.length > 1) faults.required(`${at}.name`);
    } else {
      faults.invalidAll(`${at}.name`, name, validateDns1123Label(name));
      if (names.has(name)) faults.duplicate(`${at}.name`, name);
      names.add(name);
    }
    faults.port(`${at}.port`, port['port']);
    faults.oneOf(`${at}.protocol`, port['protocol'], PROTOCOLS);
    validatePortReference(`${at}.targetPort`, port['targetPort'], faults);
  }
  const seen = new Set<string>();
  for (const [index, { port, protocol }] of ports.entries()) {
    const key = `${String(protocol)}/${String(port)}`;
    if (seen.has(key)) {
      const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
      faults.duplicate(`spec.ports[${index}]`, shown);
    }
    seen.add(key);
  }
}

function validateAddress(spec: Fields, faults: Faults): void {
  const addresses = Array.isArray(spec['clusterIPs']) ? spec['clusterIPs'] : [];
  const given = addresses.length > 0 ? addresses : [spec['clusterIP']];
  for (const [index, address] of given.entries()) {
    if (typeof address !== 'string' || address === '' || address === 'None' || isIP(address) !== 0) continue;
    const why = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    faults.invalid(`spec.clusterIPs[${index}]`, address, why);
  }
}

/** A service keeps its address for as long as it has one. */
function validateSameAddress(spec: Fields, old: Fields, faults: Faults): void {
  if (spec['type'] === 'ExternalName' || old['type'] === 'ExternalName') return;
  const before = textAt(old, 'clusterIP');
  if (before === undefined || spec['clusterIP'] === before) return;
  faults.invalid('spec.clusterIPs[0]', spec['clusterIPs'] ?? [spec['clusterIP']], 'may not change once set');
}
