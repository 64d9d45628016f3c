import type { Faults } from './faults.ts';

const MAX_PORT_NAME = 15;

/** What is wrong with the name of a port, in the order and words of a real server. */
export function portNameFaults(name: string): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [name.length > MAX_PORT_NAME, `must be no more than ${MAX_PORT_NAME} characters`],
    [!/^[-a-z0-9]*$/.test(name), 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
    [!/[a-z]/.test(name), 'must contain at least one letter (a-z)'],
    [name.includes('--'), 'must not contain consecutive hyphens'],
    [name.startsWith('-') || name.endsWith('-'), 'must not begin or end with a hyphen'],
  ];
  return rules.flatMap(([broken, why]) => (broken ? [why] : []));
}

/** A port that is told by its number or by its name. */
export function validatePortReference(field: string, port: unknown, faults: Faults): void {
  if (typeof port === 'string') faults.invalidAll(field, port, portNameFaults(port));
  else faults.port(field, port);
}
