import type { HttpCall, HttpCalls } from '@stageset/ports';
import { expect, test } from 'vitest';
import { localCalls } from './local-calls.ts';

function call(url: string, stopAt: readonly number[] = []): HttpCall {
  return { url, method: 'POST', headers: [], body: 'a secret', isSecret: true, stopAt };
}

test('hosts that are named get their requests, others are shown without what may be secret', async () => {
  const sent: string[] = [];
  const notes: string[] = [];
  const network: HttpCalls = {
    async send({ url }) {
      sent.push(url);
      return { status: 418, host: 'real' };
    },
  };
  const calls = localCalls({ network, allowedHosts: ['*.example.com'], note: (text) => notes.push(text) });
  const { signal } = new AbortController();
  expect(await calls.send(call('https://hooks.example.com/x'), signal)).toEqual({ status: 418, host: 'real' });
  expect(await calls.send(call('https://chat.example.org:8443/T0KEN?key=1'), signal)).toMatchObject({ status: 200 });
  expect(await calls.send(call('https://chat.example.org/', [204, 302]), signal)).toMatchObject({ status: 204 });
  expect(sent).toEqual(['https://hooks.example.com/x']);
  expect(notes).toEqual([
    "an action's POST to chat.example.org:8443 was not sent from the local cluster; --allowed-action-hosts chat.example.org sends it",
    "an action's POST to chat.example.org was not sent from the local cluster; --allowed-action-hosts chat.example.org sends it",
  ]);
});
