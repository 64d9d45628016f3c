import { failure } from '../registry/status-error.ts';

/** In which shape objects are sent. */
export type Shape = 'object' | 'table' | 'metadata';

export interface Accepted {
  readonly shape: Shape;
  /** `v1` or `v1beta1` of `meta.k8s.io`, for tables and metadata. */
  readonly contentType: string;
}

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const PLAIN: Accepted = { shape: 'object', contentType: 'application/json' };

export function acceptClauses(accept: string | undefined): readonly Clause[] {
  return (accept ?? '')
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
    .map((clause) => {
      const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
      return {
        type: type.toLowerCase(),
        parameters: new Map(
          parameters.map((parameter) => {
            const equals = parameter.indexOf('=');
            return [parameter.slice(0, equals).trim(), parameter.slice(equals + 1).trim()] as const;
          }),
        ),
      };
    });
}

/**
 * The first of the accepted shapes that this server can make: JSON as it is, as a `Table`, or as metadata alone.
 * @throws 406 when there is none (protobuf, CBOR, YAML).
 */
export function accepted(accept: string | undefined, of: 'object' | 'list' | 'watch'): Accepted {
  const clauses = acceptClauses(accept);
  if (clauses.length === 0) return PLAIN;
  for (const { type, parameters } of clauses) {
    if (type !== 'application/json' && type !== '*/*') continue;
    const as = parameters.get('as');
    if (as === undefined) return PLAIN;
    if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') continue;
    if (as === 'Table') return { shape: 'table', contentType: 'application/json' };
    if (as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') continue;
    // A watch of metadata asks for single objects or for the list, depending on the client.
    const isList = as === 'PartialObjectMetadataList';
    if (of === 'watch' || isList === (of === 'list')) return { shape: 'metadata', contentType: 'application/json' };
    throw failure(
      406,
      'NotAcceptable',
      `you requested ${as}, but the requested object is ${isList ? 'not a list' : 'a list'}`,
    );
  }
  const message = '406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch';
  throw failure(406, 'NotAcceptable', message);
}
