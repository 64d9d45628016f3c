/** What bounds one write that may be sent now. */
export interface WritePermit {
  /** The server is told to give the write up after this long. */
  readonly timeoutMs: number;
  /** Aborts when the write may not go on. */
  readonly signal: AbortSignal;
}

/** Asked in the instant before a write is sent to the API server, when nothing else can hold it up any more. */
export interface WriteGate {
  /**
   * `caller` is whom the write is for (`Cluster.forCaller`). `undefined`: nothing bounds it. Throws `UnreachableError`
   * when it may not be sent.
   */
  admit(caller: string): WritePermit | undefined;
}
