export type LabelOperator = 'in' | 'notin' | 'exists' | '!' | '=' | '!=' | 'gt' | 'lt';
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}
/** All requirements must hold; no requirement matches everything. */
export type LabelSelector = readonly LabelRequirement[];
/** `{matchLabels, matchExpressions}` as in objects. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}
export function parseLabelSelector(text: string): LabelSelector {
  throw new Error('to follow');
}
export function labelSelectorOf(selector: LabelSelectorObject): LabelSelector {
  throw new Error('to follow');
}
export function formatLabelSelector(selector: LabelSelector): string {
  throw new Error('to follow');
}
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  throw new Error('to follow');
}
