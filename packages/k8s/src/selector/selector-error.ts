/** A selector that does not parse. `position` is the offset in `selector`, from 0, of what was not expected. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
  readonly selector: string;
  readonly position: number;
  constructor(selector: string, position: number, message: string) {
    super(message);
    this.selector = selector;
    this.position = position;
  }
}
