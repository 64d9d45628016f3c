import {
  type KubeObject,
  type TypeFault,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePathSegment,
  validateQualifiedName,
} from '@stageset/k8s';

/** Bytes of all annotations of an object together, keys included. */
export const MAX_ANNOTATION_BYTES = 256 * 1024;

const ENCODER = new TextEncoder();

/** Groups of built-in kinds whose names are all DNS subdomains. */
const SUBDOMAIN_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'batch', 'autoscaling', 'policy']);

/**
 * What an API server refuses of an object's name, labels and annotations, whatever its kind. For names only rules that
 * are certain are applied: `isCustom` says that the kind comes from a CustomResourceDefinition.
 */
export function metadataFaults({ apiVersion, kind, metadata }: KubeObject, isCustom: boolean): TypeFault[] {
  const faults: TypeFault[] = [];
  const say = (path: string, problems: readonly string[]): void => {
    for (const message of problems) faults.push({ path, message });
  };
  say('.metadata.name', nameProblems({ apiVersion, kind }, metadata.name, isCustom));
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    say('.metadata.labels', named(key, validateQualifiedName(key)));
    if (typeof value === 'string') say(`.metadata.labels[${key}]`, validateLabelValue(value));
  }
  let bytes = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    say('.metadata.annotations', named(key, validateQualifiedName(key.toLowerCase())));
    bytes += ENCODER.encode(key).byteLength + ENCODER.encode(String(value)).byteLength;
  }
  if (bytes > MAX_ANNOTATION_BYTES)
    say('.metadata.annotations', [`may not be more than ${MAX_ANNOTATION_BYTES} bytes`]);
  return faults;
}

function named(key: string, problems: readonly string[]): string[] {
  return problems.map((problem) => `${JSON.stringify(key)}: ${problem}`);
}

function nameProblems(
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  name: string,
  isCustom: boolean,
): string[] {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  // A Service's name may be stricter still, depending on the server.
  if (group === '' && (kind === 'Namespace' || kind === 'Service')) return validateDns1123Label(name);
  if (isCustom || SUBDOMAIN_GROUPS.has(group)) return validateDns1123Subdomain(name);
  return validatePathSegment(name);
}
