import { isExpired, type KubeObject } from '@stageset/k8s';
import type { KindRef, ObjectList } from '@stageset/ports';
import { isRecord } from '../requests/json.ts';
import type { WatchLimits } from '../watch/limits.ts';
import { parseBody, parseItems } from './decode.ts';
import type { Query } from './paths.ts';

/** Reads pages of one selection. */
export interface Lister {
  readonly kind: KindRef;
  /** The body of one page. */
  read(page: Query, signal: AbortSignal | undefined): Promise<string>;
}

/**
 * The whole selection as of one resourceVersion, read page by page. When that version expires half-way (410) the list
 * starts over, and at last asks for everything in one page, which cannot expire.
 */
export async function listAll(
  lister: Lister,
  limits: Pick<WatchLimits, 'pageSize' | 'maxListRestarts'>,
  signal: AbortSignal | undefined,
): Promise<ObjectList> {
  for (let restarts = 0; ; restarts += 1) {
    const pageSize = restarts < limits.maxListRestarts ? limits.pageSize : undefined;
    try {
      return await listPages(lister, pageSize, signal);
    } catch (error) {
      if (!isExpired(error) || pageSize === undefined) throw error;
    }
  }
}

async function listPages(
  lister: Lister,
  limit: number | undefined,
  signal: AbortSignal | undefined,
): Promise<ObjectList> {
  const items: KubeObject[] = [];
  let continueToken: string | undefined;
  for (;;) {
    const body = await lister.read({ limit, continue: continueToken }, signal);
    const page = parseBody(body, `the list of ${lister.kind.kind}`);
    for (const item of parseItems(page, lister.kind)) items.push(item);
    const metadata = isRecord(page['metadata']) ? page['metadata'] : {};
    if (typeof metadata['continue'] !== 'string' || metadata['continue'] === '') {
      const version = metadata['resourceVersion'];
      return { items, resourceVersion: typeof version === 'string' ? version : '' };
    }
    continueToken = metadata['continue'];
  }
}
