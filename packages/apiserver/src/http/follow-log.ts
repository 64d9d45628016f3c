import { Buffer } from 'node:buffer';
import type { KubeObject } from '@stageset/k8s';
import type { ClusterResponse } from '@stageset/ports';
import { StatusError } from '../registry/status-error.ts';
import { EventStream } from '../watch/event-stream.ts';
import { isLogComplete, podLog } from './pod-log.ts';
import type { ResourceCall } from './resource-call.ts';

/** Bytes a reader of a log may have unread before it is cut off. */
const LOG_BUFFER_BYTES = 1024 * 1024;

/** A log whose lines come as they are written, until its container has ended, the pod is gone, or nobody reads any more. */
export function followLog({ registry, request }: ResourceCall, pod: KubeObject): ClusterResponse {
  const { query, signal } = request;
  const text = (now: KubeObject) => podLog(now, query, registry.clock.now());
  let sent = text(pod);
  const stream = new EventStream(LOG_BUFFER_BYTES, () => {
    unwatch();
    signal?.removeEventListener('abort', cut);
  });
  const cut = () => stream.cut();
  const unwatch = registry.watch({ apiVersion: 'v1', kind: 'Pod' }, ({ type, object }) => {
    if (object.metadata.uid !== pod.metadata.uid) return;
    if (type === 'deleted') return stream.end();
    const all = textOrNothing(text, object);
    if (all.startsWith(sent)) stream.push(Buffer.from(all.slice(sent.length)));
    sent = all;
    if (isLogComplete(object, query)) stream.end();
  });
  signal?.addEventListener('abort', cut);
  stream.push(Buffer.from(sent));
  if (isLogComplete(pod, query)) stream.end();
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: stream };
}

/** A container that waits to be started again has no log at the moment. */
function textOrNothing(text: (pod: KubeObject) => string, pod: KubeObject): string {
  try {
    return text(pod);
  } catch (error) {
    if (error instanceof StatusError) return '';
    throw error;
  }
}
