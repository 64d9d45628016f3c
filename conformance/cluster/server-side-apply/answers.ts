import type { ApplyResult, KubeObject, ManagedFieldsEntry } from '@stageset/k8s';
import type { Answer } from '../../support/api.ts';
import type { PlayedKind } from './kinds.ts';

type Values = Record<string, unknown>;

export function withEntries(object: KubeObject, managedFields: ManagedFieldsEntry[] | undefined): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}

/** The server looks at its clock once for what was there before the first apply and again for the apply itself. */
export function ownership(entries: readonly ManagedFieldsEntry[] = []): unknown {
  return entries.map((entry) => (entry.manager === 'before-first-apply' ? { ...entry, time: '' } : entry));
}

export function newestTime(object: KubeObject): string | undefined {
  const times = (object.metadata?.managedFields ?? []).flatMap(({ time }) => time ?? []);
  return times.sort().at(-1);
}

const SERVER_METADATA = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp'];

/** Custom objects lose what is empty in their metadata, and in that of objects embedded in them, when they are decoded. */
export function withTidyMetadata(object: KubeObject): KubeObject {
  const spec = object['spec'] as { readonly template?: { readonly metadata?: Values | null } } | undefined;
  const metadata = withoutEmpty(object.metadata) as unknown as KubeObject['metadata'];
  const embedded = spec?.template?.metadata;
  if (embedded === undefined || embedded === null) return { ...object, metadata };
  const template = { ...spec?.template, metadata: withoutEmpty(embedded) };
  return { ...object, metadata, spec: { ...spec, template } };
}

function withoutEmpty(values: object): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** The object without what the server counts up or allocates. */
export function contentOf(object: KubeObject, kind: PlayedKind): unknown {
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([key]) => !SERVER_METADATA.includes(key)),
  );
  const spec = object['spec'] as Values | undefined;
  const kept = spec && Object.fromEntries(Object.entries(spec).filter(([key]) => !kind.allocated.includes(key)));
  return { ...object, metadata, ...(kept === undefined ? {} : { spec: kept }) };
}

export interface Failure {
  readonly code: number;
  readonly message: string;
  readonly causes: readonly unknown[];
}

export function failureOf({ code, body }: Answer): Failure {
  const details = body['details'] as { readonly causes?: readonly Values[] } | undefined;
  return { code, message: String(body['message']), causes: sorted(details?.causes ?? []) };
}

export function conflictFailure(result: Extract<ApplyResult, { kind: 'conflict' }>): Failure {
  const causes = result.conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field }));
  return { code: 409, message: result.message, causes: sorted(causes) };
}

function sorted(causes: readonly Values[]): Values[] {
  return causes.toSorted((a, b) => (`${a['message']} ${a['field']}` < `${b['message']} ${b['field']}` ? -1 : 1));
}
