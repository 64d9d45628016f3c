import type { ResourceInfo, Selection } from '@stageset/ports';
import type { Failure } from '../requests/failure.ts';
import type { Requester } from '../requests/requester.ts';
import type { WatchLimits } from '../watch/limits.ts';
import type { WatchSource } from '../watch/reflector.ts';
import { type Lister, listAll } from './list.ts';
import { collectionPath, withQuery } from './paths.ts';

/** What a watch of one selection needs of its cluster. */
export interface SourceContext {
  readonly caller: string;
  readonly requester: Requester;
  readonly limits: WatchLimits;
  lister(signal: AbortSignal): Promise<Lister>;
  resolve(signal: AbortSignal): Promise<ResourceInfo>;
  /** The typed error of a failed answer. */
  failure(failure: Failure): Promise<Error>;
}

export function selectionSource(selection: Selection, context: SourceContext): WatchSource {
  const { apiVersion, kind, namespace, labelSelector, fieldSelector } = selection;
  return {
    name: `${kind} of ${apiVersion} in ${namespace === undefined ? 'all namespaces' : namespace}`,
    async list(signal) {
      return listAll(await context.lister(signal), context.limits, signal);
    },
    async open(position, timeoutSeconds, signal) {
      const path = withQuery(collectionPath(await context.resolve(signal), namespace), {
        labelSelector,
        fieldSelector,
        watch: true,
        resourceVersion: position,
        timeoutSeconds,
        allowWatchBookmarks: true,
      });
      const headers = { accept: 'application/json' };
      const opened = await context.requester.open(
        { caller: context.caller, method: 'GET', path, headers, repeatable: true },
        signal,
      );
      if ('error' in opened) throw await context.failure(opened);
      return opened;
    },
  };
}
