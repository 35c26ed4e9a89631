import { describe, expect, test } from 'vitest';
import { deferred, ok, present } from '../base/index.ts';
import type { Deferred } from '../base/index.ts';
import type { DeviceId, Epoch, FolderId, Incarnation } from '../model/index.ts';
import type { Channel, Link } from '../ports/index.ts';
import { silentLogger } from '../ports/index.ts';
import type { Hello, PeerReply } from '../protocol/index.ts';
import { encodeFrame, encodeMessage, protocolVersions } from '../protocol/index.ts';
import { SimWorld } from '../testing/sim/index.ts';
import { AwakeClock } from './awake-clock.ts';
import { FramedChannel } from './framed-channel.ts';
import { EpochSession } from './peer-session.ts';
import { ReferenceTable } from './reference-table.ts';
import { ReplyCache } from './reply-cache.ts';
import type { HandlerTable } from './types.ts';

const device = 'peer' as DeviceId;
const folder = 'ab'.repeat(32) as FolderId;
const incarnation = '0000000000000001' as Incarnation;

/** A channel whose bytes the test hands over, also after the link is over: a transport that is late, or wrong. */
class HeldChannel implements Channel {
  readonly protocol = '/dormouse/test/1';
  readonly written: Uint8Array[] = [];
  #next: Deferred<Uint8Array | undefined> = deferred();

  write(bytes: Uint8Array, more = new Uint8Array()): Promise<boolean> {
    this.written.push(bytes, more);
    return Promise.resolve(true);
  }

  async read(): Promise<Uint8Array | undefined> {
    const bytes = await this.#next.promise;
    this.#next = deferred();
    return bytes;
  }

  deliver(bytes: Uint8Array): void {
    this.#next.resolve(bytes);
  }

  queuedBytes(): number {
    return 0;
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  abort(): void {}
}

interface Life {
  readonly session: EpochSession;
  readonly control: HeldChannel;
  readonly ends: string[];
  late: number;
}

const world = new SimWorld('late frames');
const { clock, random } = world.addHost({ name: 'laptop' }).ports;
const shared = {
  awake: new AwakeClock(clock),
  random,
  logger: silentLogger,
  references: new ReferenceTable(),
  replies: new ReplyCache(clock),
};

/** One life of a link to the same device; nothing but the channels differs from one to the next. */
function begin(epoch: number, handlers: HandlerTable = {}): Life {
  const [control, bulk] = [new HeldChannel(), new HeldChannel()];
  const link: Link = {
    ...{ remote: device, direction: 'outbound', remoteAddress: '/ip4/192.0.2.1/tcp/1', path: 'lan' },
    open: () => Promise.resolve(undefined),
    onChannel: () => undefined,
    onEnd: () => undefined,
    abort: () => undefined,
  };
  const hello: Hello = { versions: protocolVersions, features: [], name: 'peer', incarnation, linkSequence: 1 };
  const life: Life = {
    session: new EpochSession({
      ...shared,
      ...{ epoch: epoch as Epoch, link, hello, incarnation, handlers },
      ...{ control: new FramedChannel(control), bulk: new FramedChannel(bulk) },
      events: {
        onEnd: (reason) => life.ends.push(reason),
        onSuspect: () => undefined,
        onProved: () => undefined,
        onMalformed: () => undefined,
        onBytes: () => undefined,
        onLate: () => (life.late += 1),
      },
    }),
    control,
    ends: [],
    late: 0,
  };
  life.session.start();
  return life;
}

function frame(message: Parameters<typeof encodeMessage>[0]): Uint8Array {
  const [head] = encodeFrame(encodeMessage(message));
  return head;
}

const settle = (): Promise<void> => world.scheduler.runFor(10);

describe('what comes of an epoch after its end', () => {
  test('SES-1 a late reply is dropped and counted, and touches no call of the next epoch that has the same number', async () => {
    const old = begin(1);
    const oldCall = old.session.call('have', { folder, have: {} });
    await settle();
    old.session.end('lost');
    expect(await oldCall).toEqual({ ok: false, error: { kind: 'peer-gone', device } });

    const next = begin(2);
    let answered = false;
    const nextCall = next.session.call('have', { folder, have: {} }).then((result) => ((answered = true), result));
    await settle();
    // The probe of each epoch is its first call, so both `have` are number 2.
    const reply: PeerReply<'have'> = { have: {} };
    old.control.deliver(frame({ t: 'reply', id: 2, body: reply }));
    await settle();
    expect(answered).toBe(false);
    expect([old.late, next.late]).toEqual([1, 0]);
    next.control.deliver(frame({ t: 'reply', id: 2, body: reply }));
    expect(await nextCall).toEqual({ ok: true, value: reply });
    next.session.end('stop');
  });

  test('SES-1 a late request is not served, and a late malformed frame ends nothing', async () => {
    let served = 0;
    const handlers: HandlerTable = { have: async () => ((served += 1), ok({ have: {} })) };
    const old = begin(3, handlers);
    await settle();
    old.session.end('lost');
    const next = begin(4, handlers);
    await settle();
    old.control.deliver(frame({ t: 'request', id: 9, verb: 'have', body: { folder, have: {} } }));
    await settle();
    const other = begin(5, handlers);
    other.session.end('lost');
    other.control.deliver(new Uint8Array(64).fill(0xff));
    await settle();
    expect(served).toBe(0);
    expect([old.late, next.ends, other.ends]).toEqual([1, [], ['lost']]);
    next.session.end('stop');
  });

  test('SES-1 an answer that a handler gives after the end is dropped and counted, and the end is told once', async () => {
    const answer = deferred<void>();
    const life = begin(6, { have: async () => (await answer.promise, ok({ have: {} })) });
    life.control.deliver(frame({ t: 'request', id: 1, verb: 'have', body: { folder, have: {} } }));
    await settle();
    life.session.end('lost');
    life.session.end('remote-closed');
    const written = life.control.written.length;
    answer.resolve();
    await settle();
    expect(life.late).toBe(1);
    expect(life.control.written).toHaveLength(written);
    expect(life.ends).toEqual(['lost']);
    expect(present(shared.references, 'table').deadReferences(new Set())).toBe(0);
  });
});
