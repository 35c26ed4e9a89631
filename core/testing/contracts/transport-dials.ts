import { expect, test } from 'vitest';
import { present } from '../../base/index.ts';
import { connect, openChannel, watchLink, withTransports } from './transport-support.ts';
import type { StartedHost, StartedTransports, TransportsUnderTest } from './transport-support.ts';
import { errorKind, until, valueOf } from './support.ts';

const timeoutMs = 10_000;

/** Who gets a link to whom. */
export function dialTests(make: (hosts: number) => Promise<TransportsUnderTest>): void {
  test('transport: a dial gives both sides one link that names the other device', () =>
    withTransports(make, 2, async (started) => {
      const [anna, ben] = pair(started);
      expect(ben.transport.addresses().length).toBeGreaterThan(0);
      const { near, far } = await connect(started, anna, ben);
      expect(near.link).toMatchObject({ remote: ben.device, direction: 'outbound', path: 'lan' });
      expect(far.link).toMatchObject({ remote: anna.device, direction: 'inbound', path: 'lan' });
      expect(near.link.remoteAddress).not.toBe('');
      expect(far.link.remoteAddress).not.toBe('');
      expect([...near.ends, ...far.ends]).toEqual([]);
    }));

  test('transport: a second dial makes a second link, independent of the first', () =>
    withTransports(make, 2, async (started) => {
      const [anna, ben] = pair(started);
      const first = await connect(started, anna, ben);
      const second = await connect(started, anna, ben);
      const back = await connect(started, ben, anna);
      expect(new Set([first.near.link, second.near.link, back.near.link, first.far.link, second.far.link, back.far.link]).size).toBe(6);
      first.near.link.abort();
      await until(started, () => first.far.ends.length === 1, 'the first link ends on both sides');
      const { near, far } = await openChannel(started, second.near, second.far);
      expect(await near.write(Uint8Array.of(1, 2, 3))).toBe(true);
      expect(await far.read()).toEqual(Uint8Array.of(1, 2, 3));
      await openChannel(started, back.near, back.far);
      expect([second.near, second.far, back.near, back.far].flatMap(({ ends }) => ends)).toEqual([]);
    }));

  test('transport: all addresses are tried at once, and exactly one link comes of it', () =>
    withTransports(make, 2, async (started) => {
      const [anna, ben] = pair(started);
      const address = present(ben.transport.addresses()[0], 'an address');
      const addresses = [started.deadAddress, address, started.deadAddress, address];
      const near = watchLink(valueOf(await anna.transport.dial(ben.device, addresses, { timeoutMs })));
      await started.pause(300);
      expect(near.ends).toEqual([]);
      expect(ben.inbound.filter(({ watched }) => watched.ends.length === 0)).toHaveLength(1);
    }));

  test('transport: without an address there is nothing to dial', () =>
    withTransports(make, 2, async (started) => {
      const [anna, ben] = pair(started);
      expect(errorKind(await anna.transport.dial(ben.device, [], { timeoutMs }))).toBe('no-address');
    }));

  test('transport: where nothing listens, the device is unreachable', () =>
    withTransports(make, 2, async (started) => {
      const [anna, ben] = pair(started);
      expect(errorKind(await anna.transport.dial(ben.device, [started.deadAddress], { timeoutMs }))).toBe('unreachable');
    }));

  test('transport: another device at the address is told apart, and gets no link that lasts', () =>
    withTransports(make, 3, async (started) => {
      const [anna, ben, carl] = started.hosts as [StartedHost, StartedHost, StartedHost];
      expect(errorKind(await anna.transport.dial(ben.device, carl.transport.addresses(), { timeoutMs }))).toBe('wrong-device');
      await started.pause(200);
      expect(carl.inbound.filter(({ watched }) => watched.ends.length === 0)).toEqual([]);
    }));

  test('transport: of a wrong and a right address the right one wins', () =>
    withTransports(make, 3, async (started) => {
      const [anna, ben, carl] = started.hosts as [StartedHost, StartedHost, StartedHost];
      const addresses = [...carl.transport.addresses(), ...ben.transport.addresses()];
      expect(valueOf(await anna.transport.dial(ben.device, addresses, { timeoutMs })).remote).toBe(ben.device);
    }));

  test('transport: a dial can be aborted, before and while it runs', () =>
    withTransports(make, 2, async (started) => {
      const [anna, ben] = pair(started);
      const addresses = ben.transport.addresses();
      expect(errorKind(await anna.transport.dial(ben.device, addresses, { timeoutMs, signal: AbortSignal.abort() }))).toBe('aborted');
      const abort = new AbortController();
      const dialling = anna.transport.dial(ben.device, addresses, { timeoutMs, signal: abort.signal });
      abort.abort();
      expect(errorKind(await dialling)).toBe('aborted');
      await started.pause(300);
      expect(ben.inbound.filter(({ watched }) => watched.ends.length === 0)).toEqual([]);
      valueOf(await anna.transport.dial(ben.device, addresses, { timeoutMs }));
    }));

  test('SES-4 a device that does not admit the caller refuses the dial and is told of no link', () =>
    withTransports(
      make,
      2,
      async (started) => {
        const [anna, ben] = pair(started);
        expect(errorKind(await anna.transport.dial(ben.device, ben.transport.addresses(), { timeoutMs }))).toBe('refused');
        await started.pause(200);
        expect(ben.inbound).toEqual([]);
      },
      (_own, _other, index) => (index === 1 ? 'refuse' : 'admit'),
    ));

  test('transport: the caller, too, is asked whether it admits the device', () =>
    withTransports(
      make,
      2,
      async (started) => {
        const [anna, ben] = pair(started);
        expect(errorKind(await anna.transport.dial(ben.device, ben.transport.addresses(), { timeoutMs }))).toBe('refused');
        await started.pause(200);
        expect(ben.inbound.filter(({ watched }) => watched.ends.length === 0)).toEqual([]);
      },
      (_own, _other, index) => (index === 0 ? 'refuse' : 'admit'),
    ));

  test('transport: a link admitted for pairing only says so', () =>
    withTransports(
      make,
      2,
      async (started) => {
        const [anna, ben] = pair(started);
        const { near, far } = await connect(started, anna, ben);
        expect(ben.inbound[0]?.admission).toBe('pairing-only');
        const channel = await openChannel(started, near, far);
        expect(await channel.near.write(Uint8Array.of(7))).toBe(true);
        expect(await channel.far.read()).toEqual(Uint8Array.of(7));
      },
      () => 'pairing-only',
    ));

  test('SES-8 stop ends every link on both sides, and nothing can be dialled afterwards', () =>
    withTransports(make, 2, async (started) => {
      const [anna, ben] = pair(started);
      const out = await connect(started, anna, ben);
      const back = await connect(started, ben, anna);
      const addresses = ben.transport.addresses();
      await ben.transport.stop();
      await until(started, () => [out.near, out.far, back.near, back.far].every(({ ends }) => ends.length === 1), 'all links end');
      expect(await out.near.link.open('/dormouse/test/1')).toBeUndefined();
      expect((await anna.transport.dial(ben.device, addresses, { timeoutMs })).ok).toBe(false);
      expect(errorKind(await ben.transport.dial(anna.device, anna.transport.addresses(), { timeoutMs }))).toBe('aborted');
      expect(ben.transport.addresses()).toEqual([]);
      await ben.transport.stop();
    }));
}

function pair(started: StartedTransports): [StartedHost, StartedHost] {
  return [present(started.hosts[0], 'first host'), present(started.hosts[1], 'second host')];
}
