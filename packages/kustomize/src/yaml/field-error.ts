import type { YamlNode } from './node.ts';

/** A field that is not what a step needs; `node` stands where it is. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  readonly node: YamlNode | undefined;
  constructor(message: string, node?: YamlNode) {
    super(message);
    this.node = node;
  }
}
