import type { Fields } from '../fields.ts';
import { CORE_DEFAULTS } from './core.ts';
import {
  ADMISSION_DEFAULTS,
  API_EXTENSIONS_DEFAULTS,
  AUTOSCALING_V1_DEFAULTS,
  AUTOSCALING_V2_DEFAULTS,
  DISCOVERY_DEFAULTS,
  NETWORKING_DEFAULTS,
  RBAC_DEFAULTS,
  SCHEDULING_DEFAULTS,
  STORAGE_DEFAULTS,
} from './other-groups.ts';
import { type DefaultRule, setAbsent } from './rule.ts';
import { APPS_DEFAULTS, BATCH_DEFAULTS } from './workloads.ts';

/** Defaults by the package of the Go types. OpenAPI carries a few of its own; those are set while decoding. */
const BY_PACKAGE: Readonly<Record<string, Readonly<Record<string, DefaultRule>>>> = {
  'io.k8s.api.core.v1': CORE_DEFAULTS,
  'io.k8s.api.apps.v1': APPS_DEFAULTS,
  'io.k8s.api.batch.v1': BATCH_DEFAULTS,
  'io.k8s.api.autoscaling.v1': AUTOSCALING_V1_DEFAULTS,
  'io.k8s.api.autoscaling.v2': AUTOSCALING_V2_DEFAULTS,
  'io.k8s.api.networking.v1': NETWORKING_DEFAULTS,
  'io.k8s.api.rbac.v1': RBAC_DEFAULTS,
  'io.k8s.api.storage.v1': STORAGE_DEFAULTS,
  'io.k8s.api.scheduling.v1': SCHEDULING_DEFAULTS,
  'io.k8s.api.discovery.v1': DISCOVERY_DEFAULTS,
  'io.k8s.api.admissionregistration.v1': ADMISSION_DEFAULTS,
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': API_EXTENSIONS_DEFAULTS,
};

/** Fills in what a real server would for one Go type, in place. */
export function applyTypeDefaults(definition: string, fields: Fields): void {
  const dot = definition.lastIndexOf('.');
  const rule = BY_PACKAGE[definition.slice(0, dot)]?.[definition.slice(dot + 1)];
  if (typeof rule === 'function') rule(fields);
  else if (rule !== undefined) setAbsent(fields, rule);
}
