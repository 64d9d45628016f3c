import { isJsonArray, isJsonObject, type KubeObject } from '@stageset/k8s';
import type { WriteHook } from '../registry/hooks.ts';

export const SIGNING_GROUP = 'certificates.k8s.io';
export const SIGNING_KIND = 'CertificateSigningRequest';

/** Who asks for a certificate is who creates the request, whatever the object says; nothing of it changes afterwards. */
export const SIGNING_REQUESTER: WriteHook = {
  name: 'CertificateSigningRequest',
  kinds: [{ group: SIGNING_GROUP, kind: SIGNING_KIND }],
  admit(object, { operation, old, user, registry }): KubeObject {
    if (operation === 'delete') return object;
    if (old !== undefined)
      return { ...object, spec: old['spec'], status: dated(object['status'], registry.clock.now()) };
    const { username: _, uid: __, groups: ___, ...spec } = isJsonObject(object['spec']) ? object['spec'] : {};
    return { ...object, spec: { ...spec, username: user.name, groups: [...user.groups] }, status: {} };
  },
};

/** Conditions that do not say since when they hold do so since now. */
function dated(status: unknown, nowMs: number): unknown {
  if (!isJsonObject(status) || !isJsonArray(status['conditions'])) return status;
  const now = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  const conditions = status['conditions'].map((condition) =>
    isJsonObject(condition)
      ? {
          ...condition,
          lastUpdateTime: condition['lastUpdateTime'] ?? now,
          lastTransitionTime: condition['lastTransitionTime'] ?? now,
        }
      : condition,
  );
  return { ...status, conditions };
}

/** What the `approval` endpoint takes from a request: its conditions, and nothing else. */
export function approved(present: KubeObject, given: unknown): KubeObject {
  const status = isJsonObject(given) && isJsonObject(given['status']) ? given['status'] : {};
  const before = isJsonObject(present['status']) ? present['status'] : {};
  return { ...present, status: { ...before, conditions: status['conditions'] ?? [] } };
}
