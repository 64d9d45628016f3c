import { formatQuantity, parseQuantity } from '@stageset/k8s';
import { DecodeFault } from './decode-fault.ts';

/** A quantity as the API server writes it back: `1000m` → `1`, `1024Mi` → `1Gi`. Throws `DecodeFault` for what is none. */
export function canonicalQuantity(text: string): string {
  const parsed = parseQuantity(text);
  if (parsed.ok) return formatQuantity(parsed.quantity);
  throw new DecodeFault("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}
