import { connect, createServer, type Socket } from 'node:net';

/** A relay in front of a server, which can break connections, refuse them, and let them hang. */
export interface TcpRelay {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Breaks every open connection; new ones are taken. */
  cut(): void;
  /** Takes no bytes from the server any more, without closing: what a dead network looks like. */
  freeze(): void;
  /** New connections are broken at once, until told otherwise. */
  refuse(isRefusing: boolean): void;
  stop(): Promise<void>;
}

export async function startTcpRelay(target: { readonly host: string; readonly port: number }): Promise<TcpRelay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isRefusing = false;
  const server = createServer((near) => {
    if (isRefusing) {
      near.destroy();
      return;
    }
    const far = connect(target);
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  const cut = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  return {
    port: address.port,
    get open() {
      return pairs.size;
    },
    cut,
    freeze() {
      for (const [near, far] of pairs) far.unpipe(near).pause();
    },
    refuse(value) {
      isRefusing = value;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
