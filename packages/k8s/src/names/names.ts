/** Each returns Kubernetes' own messages for what is wrong, or an empty list. */
export function validateDns1123Label(value: string): string[] {
  throw new Error('to follow');
}
export function validateDns1123Subdomain(value: string): string[] {
  throw new Error('to follow');
}
export function validateDns1035Label(value: string): string[] {
  throw new Error('to follow');
}
/** Label and annotation keys: an optional DNS subdomain and a slash, then a name of at most 63 characters. */
export function validateQualifiedName(value: string): string[] {
  throw new Error('to follow');
}
export function validateLabelValue(value: string): string[] {
  throw new Error('to follow');
}
/** Names that become one segment of a path: not `.`, `..`, and without `/` and `%`. */
export function validatePathSegment(value: string): string[] {
  throw new Error('to follow');
}
