import { Buffer } from 'node:buffer';
import { badRequest, failure, tooLarge } from '../registry/status-error.ts';
import { duplicateFields } from './duplicate-fields.ts';

/** As the real server bounds a request body. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;
const JSON_TYPE = 'application/json';

export interface Decoded {
  readonly value: unknown;
  readonly duplicateFields: readonly string[];
}

export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function textOf(body: string | Uint8Array | undefined): string {
  if (body === undefined) return '';
  const size = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (size > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

function parse(text: string, what: (message: string) => Error): Decoded {
  try {
    return { value: JSON.parse(text), duplicateFields: duplicateFields(text) };
  } catch (error) {
    throw what(error instanceof Error ? error.message : String(error));
  }
}

/** An object of a kind, from the body of a create or an update. */
export function decodeObject(
  body: string | Uint8Array | undefined,
  contentType: string | undefined,
  kind: string,
): Decoded {
  const type = mediaTypeOf(contentType);
  if (type !== '' && type !== JSON_TYPE) throw unsupported([JSON_TYPE]);
  const text = textOf(body);
  return parse(text, (fault) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${fault}`,
    ),
  );
}

/** The body of a patch. An apply is JSON, which is YAML too. */
export function decodePatch(body: string | Uint8Array | undefined, isApply: boolean): Decoded {
  return parse(textOf(body), (fault) =>
    badRequest(
      isApply
        ? `error decoding YAML: only the JSON form of YAML is read here: ${fault}`
        : `error decoding patch: ${fault}`,
    ),
  );
}

/** The body of a delete, which may be absent. */
export function decodeOptions(body: string | Uint8Array | undefined): unknown {
  const text = textOf(body);
  return text.trim() === '' ? {} : parse(text, (fault) => badRequest(`error decoding DeleteOptions: ${fault}`)).value;
}

export function unsupported(types: readonly string[]): Error {
  const message = `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', message, {});
}
