import { type KubeObject, matchesLabels } from '@stageset/k8s';
import type { Selection } from '@stageset/ports';
import type { Registry } from '../registry/registry.ts';
import type { Binding, ParamRef, Policy } from './policy.ts';

/** A binding cannot be evaluated, in the real server's words. */
export class BindingFault extends Error {
  override readonly name = 'BindingFault';
}

/**
 * The objects that a binding gives its policy as parameters, which is evaluated once for each; `undefined` stands for none
 * being asked for.
 * @throws {BindingFault}
 */
export function paramsOf(
  { paramKind }: Policy,
  { param }: Binding,
  namespace: string,
  registry: Registry,
): readonly (KubeObject | undefined)[] {
  if (paramKind === undefined || param === undefined) return [undefined];
  const kind = registry.kindOf(paramKind);
  if (kind === undefined) {
    throw new BindingFault(
      `failed to find resource referenced by paramKind: '${paramKind.apiVersion}, Kind=${paramKind.kind}'`,
    );
  }
  if (!kind.namespaced && param.namespace !== '') {
    throw new BindingFault('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const place = param.namespace === '' ? namespace : param.namespace;
  if (kind.namespaced && place === '') {
    throw new BindingFault('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  }
  const within = kind.namespaced ? { namespace: place } : {};
  const found = selected({ ...paramKind, ...within }, param, registry);
  if (found.length > 0 || !param.refusesNone) return found;
  throw new BindingFault('no params found for policy binding with `Deny` parameterNotFoundAction');
}

function selected(place: Selection, { name, selector }: ParamRef, registry: Registry): readonly KubeObject[] {
  if (selector === undefined) {
    const one = registry.get({ ...place, name });
    return one === undefined ? [] : [one];
  }
  return registry.list(place).items.filter(({ metadata }) => matchesLabels(selector, metadata.labels ?? {}));
}
