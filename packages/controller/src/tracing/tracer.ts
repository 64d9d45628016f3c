export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** One piece of work in a trace. */
export interface Span {
  /** A piece of this piece; it may end later. */
  child(name: string, attributes?: Attributes): Span;
  set(attributes: Attributes): void;
  /** With what went wrong, if something did. Ending it again does nothing. */
  end(error?: unknown): void;
}

export interface Tracer {
  /** The first span of a piece of work. Work of one `trace`, any word, belongs together. */
  begin(name: string, trace: string, attributes: Attributes): Span;
}

/** Tells nobody. */
export const noSpan: Span = { child: () => noSpan, set: () => undefined, end: () => undefined };

/** Nobody looks. */
export const noTracer: Tracer = { begin: () => noSpan };

/** Runs a piece of work in a span, which ends with it and tells of its failure. */
export async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
