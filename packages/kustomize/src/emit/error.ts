import type { YamlNode } from '../yaml/node.ts';

/** An object that cannot be printed; `node` stands where the fault is. */
export class EmitError extends Error {
  override readonly name = 'EmitError';
  readonly node: YamlNode;
  constructor(message: string, node: YamlNode) {
    super(message);
    this.node = node;
  }
}
