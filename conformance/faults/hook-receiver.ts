import { createServer } from 'node:http';

export interface Hit {
  readonly name: string;
  /** Its `Idempotency-Key`. */
  readonly key: string;
}

/** The other side of `http` actions: a server that counts what it is asked for, by who asks. */
export interface HookReceiver {
  /** The URL of a hook of that name. */
  url(owner: string, name: string): string;
  /** From now on `passes` decides for each request of an owner whether it is let in and whether it is answered. */
  attach(owner: string, passes: (name: string, letIn: () => void) => boolean): void;
  hits(owner: string, name: string): readonly Hit[];
  stop(): Promise<void>;
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const gates = new Map<string, (name: string, letIn: () => void) => boolean>();
  const seen = new Map<string, Hit[]>();
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.on('end', () => {
      const [, owner = '', name = ''] = (incoming.url ?? '').split('/');
      const hits = seen.get(owner) ?? [];
      seen.set(owner, hits);
      const letIn = (): void => void hits.push({ name, key: String(incoming.headers['idempotency-key']) });
      const lives = gates.get(owner)?.(name, letIn) ?? false;
      if (lives) outgoing.writeHead(204).end();
      else outgoing.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: (owner, name) => `http://127.0.0.1:${address.port}/${owner}/${name}`,
    attach: (owner, passes) => void gates.set(owner, passes),
    hits: (owner, name) => (seen.get(owner) ?? []).filter((hit) => hit.name === name),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
