import { describe, expect, test } from 'vitest';
import { MIB, deferred } from '../../base/index.ts';
import type { Channel, EndReason, Link, Transport } from '../../ports/index.ts';
import { valueOf } from '../contracts/index.ts';
import type { SimHost } from './sim-host.ts';
import { SimWorld } from './sim-world.ts';

interface Station {
  readonly host: SimHost;
  readonly transport: Transport;
  readonly device: ReturnType<SimHost['ports']['crypto']['signer']>['device'];
  readonly inbound: Link[];
  readonly discovered: string[];
}

async function station(world: SimWorld, name: string, lan = 'home', discovery = false): Promise<Station> {
  const host = world.addHost({ name, lan });
  const seed = host.ports.crypto.generateSeed();
  const transport = host.ports.createTransport(seed);
  const inbound: Link[] = [];
  const discovered: string[] = [];
  const started = transport.start({
    listen: [],
    discovery,
    admission: () => 'admit',
    onLink: (link) => inbound.push(link),
    onDiscovered: (device, addresses) => discovered.push(`${device} ${addresses.join()}`),
  });
  valueOf(await world.scheduler.drive(started));
  return { host, transport, device: host.ports.crypto.signer(seed).device, inbound, discovered };
}

/** Two hosts with a link and a channel whose far end collects what it reads. */
async function linked(seed: string): Promise<{
  world: SimWorld;
  anna: Station;
  ben: Station;
  near: Channel;
  far: Channel;
  link: Link;
  ends: { near: EndReason[]; far: EndReason[] };
  read: () => number;
}> {
  const world = new SimWorld(seed);
  const [anna, ben] = [await station(world, 'anna'), await station(world, 'ben')];
  const link = valueOf(await world.scheduler.drive(anna.transport.dial(ben.device, ben.transport.addresses(), { timeoutMs: 5000 })));
  const ends = { near: [] as EndReason[], far: [] as EndReason[] };
  link.onEnd((reason) => ends.near.push(reason));
  const farLink = ben.inbound[0];
  if (!farLink) throw new Error('no link');
  farLink.onEnd((reason) => ends.far.push(reason));
  const arrived = deferred<Channel>();
  farLink.onChannel(arrived.resolve);
  const near = await world.scheduler.drive(link.open('/dormouse/test'));
  if (!near) throw new Error('no channel');
  const far = await world.scheduler.drive(arrived.promise);
  let bytes = 0;
  void (async () => {
    for (let chunk = await far.read(); chunk; chunk = await far.read()) bytes += chunk.length;
  })();
  return { world, anna, ben, near, far, link, ends, read: () => bytes };
}

describe('silence', () => {
  test('bytes vanish in a partition without a word, and come late when it ends before anybody gave up', async () => {
    const { world, near, ends, read } = await linked('partition');
    world.net.partition(['anna']);
    void near.write(new Uint8Array(1000));
    await world.scheduler.runFor(20_000);
    expect([read(), ends.near, ends.far]).toEqual([0, [], []]);
    world.net.healPartition();
    // The kernel's pauses have doubled meanwhile.
    await world.scheduler.runFor(500);
    expect(read()).toBe(0);
    await world.scheduler.runFor(30_000);
    expect(read()).toBe(1000);
  });

  test('an end during a partition reaches nobody; the other side learns of it with its next bytes', async () => {
    const { world, anna, link, far, ends } = await linked('reset');
    world.net.partition(['anna']);
    link.abort();
    await world.scheduler.runFor(5000);
    world.net.healPartition();
    await world.scheduler.runFor(60_000);
    expect([ends.near, ends.far]).toEqual([['aborted'], []]);
    void far.write(new Uint8Array(1));
    await world.scheduler.runFor(1000);
    expect(ends.far).toEqual(['reset']);
    expect(anna.inbound).toEqual([]);
  });

  test('the kernel gives up after a quarter of an hour', async () => {
    const { world, near, ends } = await linked('give up');
    world.net.partition(['ben']);
    void near.write(new Uint8Array(1));
    await world.scheduler.runFor(800_000);
    expect(ends.near).toEqual([]);
    await world.scheduler.runFor(400_000);
    expect([ends.near, ends.far]).toEqual([['lost'], []]);
  });

  test('one direction can fail alone', async () => {
    const { world, near, far, read } = await linked('one way');
    world.net.block('ben', 'anna');
    let heard = 0;
    void near.read().then((chunk) => (heard = chunk?.length ?? 0));
    void near.write(new Uint8Array(10));
    void far.write(new Uint8Array(10));
    await world.scheduler.runFor(2000);
    expect([read(), heard]).toEqual([10, 0]);
  });

  test('a dial into silence times out, to a host that is off it is unreachable', async () => {
    const world = new SimWorld('dial');
    const [anna, ben] = [await station(world, 'anna'), await station(world, 'ben')];
    const addresses = ben.transport.addresses();
    world.net.block('ben', 'anna');
    const startMs = world.scheduler.nowMs;
    expect(await world.scheduler.drive(anna.transport.dial(ben.device, addresses, { timeoutMs: 7000 }))).toMatchObject({
      error: { kind: 'timeout' },
    });
    expect(world.scheduler.nowMs - startMs).toBeCloseTo(7000, 5);
    world.net.heal();
    ben.host.crash({ powerCut: true });
    expect(await world.scheduler.drive(anna.transport.dial(ben.device, addresses, { timeoutMs: 7000 }))).toMatchObject({
      error: { kind: 'unreachable' },
    });
    anna.host.nic.setAttached(false);
    expect(anna.transport.addresses()).toEqual([]);
    expect(await world.scheduler.drive(anna.transport.dial(ben.device, addresses, { timeoutMs: 7000 }))).toMatchObject({
      error: { kind: 'unreachable' },
    });
  });

  test('a new address silences the links of the old one, and is where the host is found', async () => {
    const { world, anna, ben, near, read, ends } = await linked('address');
    const [oldAddress] = ben.transport.addresses();
    ben.host.nic.changeAddress();
    void near.write(new Uint8Array(10));
    await world.scheduler.runFor(30_000);
    expect([read(), ends.near]).toEqual([0, []]);
    const dial = (addresses: readonly string[]): ReturnType<Transport['dial']> =>
      world.scheduler.drive(anna.transport.dial(ben.device, addresses, { timeoutMs: 5000 }));
    expect((await dial([oldAddress ?? ''])).ok).toBe(false);
    expect((await dial(ben.transport.addresses())).ok).toBe(true);
  });
});

describe('programs that do not run', () => {
  test('a frozen program lets its kernel take a bounded number of bytes, and reads them when it goes on', async () => {
    const { world, ben, near, read } = await linked('frozen');
    ben.host.freeze();
    let accepted = 0;
    void (async () => {
      while (accepted < 4 * MIB && (await near.write(new Uint8Array(16 * 1024)))) accepted += 16 * 1024;
    })();
    await world.scheduler.runFor(10_000);
    expect(read()).toBe(0);
    expect(accepted).toBeGreaterThan(100_000);
    expect(accepted).toBeLessThan(MIB);
    ben.host.thaw();
    await world.scheduler.runFor(5000);
    expect(read()).toBe(4 * MIB);
  });

  test('dialling a frozen program times out although its kernel answers', async () => {
    const world = new SimWorld('frozen dial');
    const [anna, ben] = [await station(world, 'anna'), await station(world, 'ben')];
    ben.host.freeze();
    const dialled = await world.scheduler.drive(anna.transport.dial(ben.device, ben.transport.addresses(), { timeoutMs: 3000 }));
    expect(dialled).toMatchObject({ ok: false, error: { kind: 'timeout' } });
    ben.host.thaw();
    await world.scheduler.runFor(5000);
    expect(ben.inbound).toEqual([]);
  });

  test('a sleeping host is silent, and its links are still there when it wakes', async () => {
    const { world, ben, near, read, ends } = await linked('asleep');
    ben.host.suspend();
    void near.write(new Uint8Array(10));
    await world.scheduler.runFor(20_000);
    expect([read(), ends.near, ends.far]).toEqual([0, [], []]);
    ben.host.resume();
    await world.scheduler.runFor(40_000);
    expect([read(), ends.near, ends.far]).toEqual([10, [], []]);
  });

  test('a killed program resets its links, a power cut does not', async () => {
    for (const powerCut of [false, true]) {
      const { world, ben, near, ends } = await linked(`killed ${powerCut}`);
      ben.host.crash({ powerCut });
      await world.scheduler.runFor(1000);
      expect(ends.near).toEqual(powerCut ? [] : ['reset']);
      if (!powerCut) continue;
      ben.host.restart();
      void near.write(new Uint8Array(1));
      await world.scheduler.runFor(1000);
      expect(ends.near).toEqual(['reset']);
    }
  });
});

describe('connections and addresses', () => {
  test('a router that forgets connections resets both ends', async () => {
    const { world, ends } = await linked('forgetful');
    expect(world.net.resetConnections('anna', 'ben')).toBe(2);
    await world.scheduler.runFor(100);
    expect(ends).toEqual({ near: ['reset'], far: ['reset'] });
    expect(world.net.resetConnections('anna', 'ben')).toBe(0);
  });

  test('whoever got the address of another is told apart', async () => {
    const world = new SimWorld('taken');
    const [anna, ben, carl] = [await station(world, 'anna'), await station(world, 'ben'), await station(world, 'carl')];
    const addresses = ben.transport.addresses();
    ben.host.nic.changeAddress();
    carl.host.nic.takeAddress(addresses[0] ?? '');
    const dialled = await world.scheduler.drive(anna.transport.dial(ben.device, addresses, { timeoutMs: 5000 }));
    expect(dialled).toMatchObject({ ok: false, error: { kind: 'wrong-device' } });
  });
});

describe('quality', () => {
  test('bandwidth is shared and kept, and a trickle trickles', async () => {
    const { world, near, read } = await linked('bandwidth');
    world.net.setQuality('anna', 'ben', { latencyMs: 10, jitterMs: 0, bytesPerMs: 1000 });
    const startMs = world.scheduler.nowMs;
    void near.write(new Uint8Array(MIB));
    await world.scheduler.runUntil(() => read() === MIB);
    expect(world.scheduler.nowMs - startMs).toBeGreaterThan(1040);
    expect(world.scheduler.nowMs - startMs).toBeLessThan(1400);
    world.net.setQuality('anna', 'ben', { latencyMs: 10, jitterMs: 0, bytesPerMs: 1 });
    void near.write(new Uint8Array(100_000));
    await world.scheduler.runFor(10_000);
    expect(read() - MIB).toBeGreaterThan(5000);
    expect(read() - MIB).toBeLessThan(10_001);
  });

  test('hosts of one network discover each other, others do not', async () => {
    const world = new SimWorld('discovery');
    const [anna, ben, carl] = [
      await station(world, 'anna', 'home', true),
      await station(world, 'ben', 'home', true),
      await station(world, 'carl', 'office', true),
    ];
    await world.scheduler.runFor(1000);
    expect(anna.discovered).toContain(`${ben.device} ${ben.transport.addresses().join()}`);
    expect(ben.discovered).toContain(`${anna.device} ${anna.transport.addresses().join()}`);
    expect(carl.discovered).toEqual([]);
    ben.host.nic.changeAddress('office');
    ben.transport.renewDiscovery();
    await world.scheduler.runFor(1000);
    expect(carl.discovered).toEqual([`${ben.device} sim://ben/2`]);
    const dialled = await world.scheduler.drive(anna.transport.dial(ben.device, ben.transport.addresses(), { timeoutMs: 5000 }));
    expect(valueOf(dialled).path).toBe('wan');
  });
});

test('one seed gives one history of a busy world, another seed another one', async () => {
  const history = async (seed: string): Promise<string> => {
    const { world, anna, ben, near } = await linked(seed);
    const store = await world.scheduler.drive(anna.host.ports.openStore());
    ben.host.user.mkdir('/f');
    const tree = valueOf(await world.scheduler.drive(ben.host.ports.trees.open('/f')));
    for (let i = 0; i < 50; i++) {
      void near.write(new Uint8Array(i * 1000));
      void store.commit([{ kind: 'put', scope: 's', key: `${i}`, value: new Uint8Array(i) }], { durable: i % 7 === 0 });
      void tree.makeDirectory(`d${i}`);
      if (i === 20) ben.host.suspend();
      if (i === 30) ben.host.resume();
      if (i === 40) world.net.partition(['ben']);
      await world.scheduler.runFor(100);
    }
    return `${world.scheduler.executed} ${world.scheduler.traceHash}`;
  };
  expect(await history('same')).toBe(await history('same'));
  expect(await history('same')).not.toBe(await history('other'));
});
