import { Failure, MapValue, Opaque, type Result } from '../values/value.ts';
import { global, member, type Overload, traversal } from './function.ts';

const TYPE = 'kubernetes.URL';

/** A URL in its parts, as Go reads it. */
class Url extends Opaque {
  override readonly type = TYPE;
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(text: string, [scheme = '', host = '', path = '', query = '']: readonly string[]) {
    super();
    this.text = text;
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Url && other.text === this.text;
  }
}

/** A request line knows no fragments. */
const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/(?:[^@/?]*@)?([^/?]*)([^?]*)(?:\?(.*))?$/i;
const PATH = /^()()(\/[^?]*)(?:\?(.*))?$/;
const HOST = /^(?:\[[0-9a-fA-F:.%]*\]|[^[\]:\s<>"\\^`{|}]*)(?::\d*)?$/;
const UNPRINTABLE = /[\u0000-\u0020\u007f]/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;

/** As a request line has it: absolute, or a path. */
function parse(text: string): Url | undefined {
  if (UNPRINTABLE.test(text.split('?', 1)[0] ?? '')) return undefined;
  const match = ABSOLUTE.exec(text) ?? PATH.exec(text);
  if (match === null) return undefined;
  const [, scheme = '', host = '', path = '', query = ''] = match;
  if (!HOST.test(host) || BAD_ESCAPE.test(path)) return undefined;
  return new Url(text, [scheme.toLowerCase(), host, path, query]);
}

function url(text: string): Result {
  const shown = JSON.stringify(text);
  return (
    parse(text) ?? new Failure(`URL parse error during conversion from string: parse ${shown}: invalid URI for request`)
  );
}

const PORT = /:(\d*)$/;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function queryOf({ query }: Url): MapValue {
  const found = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const [key = '', value = ''] = pair.split(/=(.*)/s).map(decoded);
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  const map = new MapValue();
  for (const [key, values] of found) map.add(key, values);
  return map;
}

export const URLS: readonly Overload[] = [
  global('url', `string -> ${TYPE}`, url, traversal),
  global('isURL', 'string -> bool', (text: string) => parse(text) !== undefined, traversal),
  member('getScheme', `${TYPE} -> string`, ({ scheme }: Url) => scheme),
  member('getHost', `${TYPE} -> string`, ({ host }: Url) => host),
  member('getHostname', `${TYPE} -> string`, ({ host }: Url) => host.replace(PORT, '').replace(/^\[(.*)\]$/, '$1')),
  member('getPort', `${TYPE} -> string`, ({ host }: Url) => PORT.exec(host)?.[1] ?? ''),
  member('getEscapedPath', `${TYPE} -> string`, ({ path }: Url) => path),
  member('getQuery', `${TYPE} -> map(string, list(string))`, queryOf),
];
