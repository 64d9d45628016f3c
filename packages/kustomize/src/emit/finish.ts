import type { Resource } from '../accumulate/resource.ts';
import type { BuiltResource } from '../api.ts';
import { BuildError } from '../diagnostics/problem.ts';
import { EmitError } from './error.ts';
import { printObject } from './print.ts';
import { toValue } from './values.ts';

/** An object of a finished build. @throws BuildError when it cannot be printed. */
export function finish(resource: Resource): BuiltResource {
  const { node, apiVersion, kind, name, namespace, file } = resource;
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === '' ? {} : { namespace }),
    ...(file === undefined ? {} : { file }),
    yaml: printed(resource),
    toObject: () => toValue(node) as Record<string, unknown>,
  };
}

function printed(resource: Resource): string {
  try {
    return printObject(resource.node);
  } catch (error) {
    if (!(error instanceof EmitError)) throw error;
    const { node } = error;
    throw new BuildError({
      message: error.message,
      object: resource.describe(),
      ...(resource.file === undefined ? {} : { file: resource.file }),
      ...(node.at === 0 ? {} : { line: node.line, column: node.column }),
    });
  }
}
