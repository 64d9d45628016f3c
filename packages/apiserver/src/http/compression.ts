import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { ClusterResponse } from '@stageset/ports';

const compress = promisify(gzip);

/** Answers below this are sent as they are, as on a real server: compressing them costs more than it saves. */
const THRESHOLD_BYTES = 128 * 1024;

/** The answer, compressed where it is large, its length is known (which a watch's is not), and the client takes gzip. */
export async function compressed(
  response: ClusterResponse,
  acceptEncoding: string | undefined,
): Promise<ClusterResponse> {
  const { 'content-length': length, ...headers } = response.headers;
  const isLarge = Number(length ?? 0) >= THRESHOLD_BYTES;
  if (!isLarge || headers['content-encoding'] !== undefined || !takesGzip(acceptEncoding)) return response;
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const bytes = await compress(Buffer.concat(chunks), { level: constants.Z_BEST_SPEED });
  const vary = headers['vary'] === undefined ? 'Accept-Encoding' : `${headers['vary']}, Accept-Encoding`;
  return {
    ...response,
    headers: { ...headers, 'content-encoding': 'gzip', vary, 'content-length': String(bytes.byteLength) },
    body: only(bytes),
  };
}

function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((clause) => {
    const [name = '', ...parameters] = clause.split(';').map((part) => part.trim().toLowerCase());
    return name === 'gzip' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  });
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
