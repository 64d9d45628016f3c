import { ENCODERS } from './encoders.ts';
import { NAMED_FORMATS } from './formats.ts';
import type { Overload } from './function.ts';
import { KUBERNETES_FUNCTIONS } from './kubernetes.ts';
import { LISTS, SETS } from './lists.ts';
import { NETWORKS } from './networks.ts';
import { PATTERNS } from './patterns.ts';
import { NEWER_STRINGS, STRINGS } from './strings.ts';
import { URLS } from './urls.ts';
import { VERSIONS } from './versions.ts';

/** Functions that an environment may have besides those of the language. */
export const LIBRARIES = {
  strings: STRINGS,
  newerStrings: NEWER_STRINGS,
  encoders: ENCODERS,
  lists: LISTS,
  sets: SETS,
  kubernetes: [KUBERNETES_FUNCTIONS, NAMED_FORMATS, NETWORKS, PATTERNS, URLS, VERSIONS].flat(),
} as const satisfies Readonly<Record<string, readonly Overload[]>>;
