import { Buffer } from 'node:buffer';
import { isJsonObject, parseApiVersion } from '@stageset/k8s';
import type { PatchBody } from '@stageset/ports';
import { definitionOf } from '../builtin/kinds.ts';
import { decodeEnvelope, decodeMessage } from '../protobuf/decode.ts';
import { ProtobufError } from '../protobuf/wire.ts';
import { badRequest, failure, tooLarge } from '../registry/status-error.ts';
import { DepthError, duplicateFields } from './duplicate-fields.ts';

/** As the real server bounds a request body. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;
export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/** Times that one body may repeat a part of itself. */
const MAX_YAML_ALIASES = 100;

interface ExpectedKind {
  readonly kind: string;
}

export interface Decoded {
  readonly value: unknown;
  readonly duplicateFields: readonly string[];
}

export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

export function textOf(body: string | Uint8Array | undefined): string {
  if (body === undefined) return '';
  const size = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (size > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  return typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

/** What is wrong with a JSON text, without a word of it: it may be a Secret's. */
function jsonFault(error: unknown, length: number): string {
  if (error instanceof DepthError) return error.message;
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('Unexpected end')) return 'unexpected end of JSON input';
  const position = /at position (\d+)/.exec(message)?.[1];
  if (Number(position) >= length) return 'unexpected end of JSON input';
  return position === undefined ? 'invalid character in JSON' : `invalid character in JSON at offset ${position}`;
}

function parse(text: string, what: (message: string) => Error): Decoded {
  try {
    return { value: JSON.parse(text), duplicateFields: duplicateFields(text) };
  } catch (error) {
    throw what(jsonFault(error, text.length));
  }
}

/** An object of a kind, from the body of a create or an update. */
export function decodeObject(
  body: string | Uint8Array | undefined,
  contentType: string | undefined,
  kind: ExpectedKind,
): Decoded {
  const type = mediaTypeOf(contentType);
  if (type === PROTOBUF_TYPE && body instanceof Uint8Array) return decodeProtobuf(body, kind);
  if (type !== '' && type !== JSON_TYPE) throw unsupported([JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE]);
  const text = textOf(body);
  const shown = text === '' ? ' (<empty>)' : '';
  return parse(text, (fault) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: ${fault}${shown}`,
    ),
  );
}

/** YAML is seldom sent, so that its parser is loaded when it is. @throws 400 */
export async function jsonOfYaml(text: string): Promise<string> {
  const { parse: parseYaml } = await import('yaml');
  try {
    return JSON.stringify(parseYaml(text, { maxAliasCount: MAX_YAML_ALIASES }) ?? null);
  } catch (error) {
    // The lines after the first quote the text, which may be a Secret's.
    const [fault] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${fault}`);
  }
}

/** Go clients send built-in kinds in their binary form. */
function decodeProtobuf(body: Uint8Array, expected: ExpectedKind): Decoded {
  if (body.byteLength > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  try {
    const { apiVersion, kind, raw } = decodeEnvelope(body);
    const definition =
      kind === 'DeleteOptions' ? DELETE_OPTIONS : definitionOf({ ...parseApiVersion(apiVersion), kind });
    if (definition === undefined) throw unsupported([JSON_TYPE]);
    const message = decodeMessage(definition, raw);
    return { value: isJsonObject(message) ? { ...message, apiVersion, kind } : message, duplicateFields: [] };
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): the body is no Kubernetes protobuf: ${error.message}`,
    );
  }
}

/** The body of a patch. */
export function decodePatch(body: string | Uint8Array | undefined, type: PatchBody['type'] | 'apply'): Decoded {
  const what = {
    apply: 'error decoding YAML: ',
    strategic: '',
    merge: 'error decoding patch: ',
    json: 'error decoding patch: ',
  };
  return parse(textOf(body), (fault) => badRequest(`${what[type]}${fault}`));
}

/** The body of a delete, which may be absent. */
export function decodeOptions(body: string | Uint8Array | undefined, contentType: string | undefined): unknown {
  if (mediaTypeOf(contentType) === PROTOBUF_TYPE && body instanceof Uint8Array) {
    return body.byteLength === 0 ? {} : decodeProtobuf(body, { kind: 'DeleteOptions' }).value;
  }
  const text = textOf(body);
  return text.trim() === '' ? {} : parse(text, (fault) => badRequest(`error decoding DeleteOptions: ${fault}`)).value;
}

export function unsupported(types: readonly string[]): Error {
  const message = `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', message);
}
