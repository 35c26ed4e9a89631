import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { err, ok } from '../core/base/index.ts';
import type { Transport, TransportOptions } from '../core/ports/index.ts';
import { withRememberedPorts } from './remembered-ports.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dormouse-ports-'));
  file = join(folder, 'ports.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Listens on what it is told, with 4001 and 4006 for any free port; `taken` cannot be had. */
function fakeTransport(taken: readonly string[] = []): { readonly transport: Transport; readonly tried: (readonly string[])[] } {
  const tried: (readonly string[])[] = [];
  let addresses: readonly string[] = [];
  const transport: Transport = {
    start: async ({ listen }) => {
      tried.push(listen);
      const address = listen.find((each) => taken.includes(each));
      if (address !== undefined) return err({ kind: 'address-in-use', address });
      addresses = listen.map((each) => each.replace('0.0.0.0/tcp/0', '192.0.2.1/tcp/4001').replace('::/tcp/0', '2001:db8::1/tcp/4006'));
      return ok();
    },
    addresses: () => addresses,
    dial: async () => err({ kind: 'no-address', text: '' }),
    renewDiscovery: () => undefined,
    stop: async () => undefined,
  };
  return { transport, tried };
}

async function start(listen: readonly string[], taken: readonly string[] = []): Promise<(readonly string[])[]> {
  const { transport, tried } = fakeTransport(taken);
  await withRememberedPorts(transport, file).start({ listen } as TransportOptions);
  return tried;
}

const anyPorts = ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0'];

describe('where to listen when nobody says', () => {
  test('first on any ports of all interfaces, then on the same ones again', async () => {
    expect(await start([])).toEqual([anyPorts]);
    expect(await start([])).toEqual([['/ip4/0.0.0.0/tcp/4001', '/ip6/::/tcp/4006']]);
  });

  test('on any ports when a remembered one is taken', async () => {
    await start([]);
    expect(await start([], ['/ip6/::/tcp/4006'])).toEqual([['/ip4/0.0.0.0/tcp/4001', '/ip6/::/tcp/4006'], anyPorts]);
  });

  test('on the port that was asked for the last time', async () => {
    expect(await start(['/ip4/127.0.0.1/tcp/5000'])).toEqual([['/ip4/127.0.0.1/tcp/5000']]);
    expect(await start([])).toEqual([['/ip4/0.0.0.0/tcp/5000', '/ip6/::/tcp/0']]);
  });

  test('a port that was asked for and is taken is an error, not another port', async () => {
    expect(await start(['/ip4/127.0.0.1/tcp/5000'], ['/ip4/127.0.0.1/tcp/5000'])).toHaveLength(1);
  });

  test('a damaged note counts as none', async () => {
    writeFileSync(file, '{"ip4":"x","ip6":70000}');
    expect(await start([])).toEqual([anyPorts]);
  });
});
