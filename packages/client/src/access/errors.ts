/**
 * A cluster cannot be reached because its access is not usable: a kubeconfig that points nowhere, a field that is wrong,
 * a file that cannot be read. The message names the file, the field and what to do; never the value of a credential.
 */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  /** The file or other place that the fault is in. */
  readonly source: string;
  /** The field in it, as a path (`users[admin].token`), where there is one. */
  readonly field: string | undefined;
  /** It asks for what its author may not have: another author could. */
  readonly isRefusal: boolean;
  constructor(
    source: string,
    field: string | undefined,
    problem: string,
    options?: ErrorOptions & { readonly isRefusal?: boolean },
  ) {
    super(`${source}: ${field === undefined ? '' : `${field}: `}${problem}`, options);
    this.isRefusal = options?.isRefusal === true;
    this.source = source;
    this.field = field;
  }
}
