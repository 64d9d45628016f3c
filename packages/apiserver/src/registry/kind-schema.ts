import type { Schema } from '@stageset/k8s';
import type { Builtins } from '../builtin/contract.ts';
import type { KindDefinition } from './kind.ts';

const OPAQUE: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/**
 * Schemas of whole objects, type and metadata included: those of custom kinds say nothing of them, although they are
 * pruned, merged and owned as everywhere.
 */
export class KindSchemas {
  readonly #builtins: Builtins;
  readonly #complete = new WeakMap<KindDefinition, Schema>();

  constructor(builtins: Builtins) {
    this.#builtins = builtins;
  }

  of(kind: KindDefinition): Schema {
    let schema = this.#complete.get(kind);
    if (schema === undefined) {
      const own = kind.schema() ?? OPAQUE;
      schema = kind.origin === 'builtin' ? own : this.#withMetadata(own);
      this.#complete.set(kind, schema);
    }
    return schema;
  }

  /**
   * What fields are owned by: for custom kinds their own schema, since what is to be said of their metadata, and of that of
   * embedded resources, is added by whoever merges.
   */
  merging(kind: KindDefinition): Schema {
    return kind.origin === 'builtin' ? this.of(kind) : (kind.schema() ?? OPAQUE);
  }

  #withMetadata(schema: Schema): Schema {
    const anyObject = this.#builtins.schemaOf({ group: '', version: 'v1', kind: 'ConfigMap' });
    const metadata = anyObject?.properties?.['metadata'] ?? OPAQUE;
    const type = { type: 'string' } as const;
    return { ...schema, properties: { ...schema.properties, apiVersion: type, kind: type, metadata } };
  }
}
