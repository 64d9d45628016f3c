/** What StageSet reads of a Flux source: the artifact and whether it is ready. */
import { conditions } from './common.ts';
import { instant, object, optional, stringMap, text, whole64 } from './kit.ts';

export const artifactStatus = object('The artifact that the source offers.', {
  url: text('Where it is fetched.'),
  revision: text('What it was made from.'),
  digest: optional(text('Algorithm and hex digest of its bytes, such as sha256:….')),
  path: optional(text('Path of the archive in the storage of the source controller.')),
  size: optional(whole64('Bytes of the archive.')),
  lastUpdateTime: optional(instant('When it was made.')),
  metadata: optional(stringMap('What the producer says of it.')),
});

export const sourceStatus = object(
  'State of the source.',
  {
    conditions: optional(conditions),
    observedGeneration: optional(whole64('Last generation that the source controller has seen.')),
    artifact: optional(artifactStatus),
  },
  { default: { observedGeneration: -1 } },
);
