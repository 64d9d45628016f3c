import { ENCODERS } from './encoders.ts';
import type { Overload } from './function.ts';
import { KUBERNETES_FUNCTIONS } from './kubernetes.ts';
import { LISTS, SETS } from './lists.ts';
import { NEWER_STRINGS, STRINGS } from './strings.ts';

/** Functions that an environment may have besides those of the language. */
export const LIBRARIES = {
  strings: STRINGS,
  newerStrings: NEWER_STRINGS,
  encoders: ENCODERS,
  lists: LISTS,
  sets: SETS,
  kubernetes: KUBERNETES_FUNCTIONS,
} as const satisfies Readonly<Record<string, readonly Overload[]>>;
