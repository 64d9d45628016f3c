/** Who an object was before a rename. */
export interface PreviousId {
  readonly name: string;
  /** Effective: `default` for none, a marker for cluster-scoped kinds. */
  readonly namespace: string;
  readonly kind: string;
}

/**
 * What a build remembers of an object. kustomize writes this into annotations of the domain
 * `internal.config.kubernetes.io` and takes it out at the end, so it shares the fate of the annotations map:
 * a patch that replaces the map also makes the object forget. Keeping it on the map's node gives the same fate.
 */
export class BuildHistory {
  previous: PreviousId[] = [];
  prefixes: string[] = [];
  suffixes: string[] = [];
  needsHash = false;
  behavior: string | undefined = undefined;
  allowNameChange = false;
  allowKindChange = false;

  copy(): BuildHistory {
    const result = new BuildHistory();
    result.previous = this.previous.slice();
    result.prefixes = this.prefixes.slice();
    result.suffixes = this.suffixes.slice();
    result.needsHash = this.needsHash;
    result.behavior = this.behavior;
    result.allowNameChange = this.allowNameChange;
    result.allowKindChange = this.allowKindChange;
    return result;
  }
}
