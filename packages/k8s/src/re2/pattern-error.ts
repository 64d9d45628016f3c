/** A pattern that is no RE2 syntax, or is larger than a bound; the message is Go's where Go has one. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly pattern: string;
  constructor(pattern: string, message: string) {
    super(message);
    this.pattern = pattern;
  }
}
