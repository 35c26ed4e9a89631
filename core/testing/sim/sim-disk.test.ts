import { describe, expect, test } from 'vitest';
import { utf8 } from '../../base/index.ts';
import type { FileTree, WriteHandle } from '../../ports/index.ts';
import { valueOf } from '../contracts/index.ts';
import type { SimHost } from './sim-host.ts';
import { SimWorld } from './sim-world.ts';

const root = '/home/anna/folder';

/** A host with an open tree, whose work is driven to its end. */
async function withTree(seed: string, body: (tree: FileTree, host: SimHost) => Promise<void>): Promise<SimHost> {
  const world = new SimWorld(seed);
  const host = world.addHost({ name: 'anna' });
  host.user.mkdir(root);
  await world.scheduler.drive((async () => body(valueOf(await host.ports.trees.open(root)), host))());
  return host;
}

async function create(tree: FileTree, path: string, text: string, sync = false): Promise<WriteHandle> {
  const handle = valueOf(await tree.create(path, 0o644));
  valueOf(await handle.write(0, utf8(text)));
  if (sync) valueOf(await handle.sync());
  await handle.close();
  return handle;
}

function contents(host: SimHost): Record<string, string> {
  return Object.fromEntries(
    [...host.user.walk(root)].map(([path, { kind, content }]) => [path, kind === 'file' ? new TextDecoder().decode(content) : kind]),
  );
}

/** What is in the folder after a power cut following `body`, over many seeds. */
async function afterPowerCuts(body: (tree: FileTree, host: SimHost) => Promise<void>, seeds = 60): Promise<Set<string>> {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < seeds; seed++) {
    const host = await withTree(`cut ${seed}`, body);
    host.crash({ powerCut: true });
    outcomes.add(JSON.stringify(contents(host)));
  }
  return outcomes;
}

describe('power cuts', () => {
  test('DUR-1 what was synced, file and directory, survives', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      await create(tree, 'a', 'content', true);
      valueOf(await tree.syncDirectory(''));
    });
    expect([...outcomes]).toEqual(['{"a":"content"}']);
  });

  test('DUR-1 a file whose directory was not synced may be gone', async () => {
    const outcomes = await afterPowerCuts(async (tree) => void (await create(tree, 'a', 'content', true)));
    expect([...outcomes].sort()).toEqual(['{"a":"content"}', '{}']);
  });

  test('DUR-1 a name without its content may survive', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      await create(tree, 'a', 'content');
      valueOf(await tree.syncDirectory(''));
    });
    expect([...outcomes].sort()).toEqual(['{"a":""}', '{"a":"content"}']);
  });

  test('DUR-1 of a large write any pages may be missing', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      await create(tree, 'a', 'x'.repeat(5 * 4096));
      valueOf(await tree.syncDirectory(''));
    });
    expect(outcomes.size).toBeGreaterThan(8);
  });

  test('DUR-1 later operations can survive earlier ones', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      for (const name of ['a', 'b', 'c']) await create(tree, name, '', true);
    });
    expect(outcomes.size).toBe(8);
  });

  test('FLD-2 a replacing rename that was not synced leaves the old file or the new one, never none', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      await create(tree, 'file', 'old', true);
      await create(tree, 'new', 'new', true);
      valueOf(await tree.syncDirectory(''));
      valueOf(await tree.rename('new', 'file', { replace: true }));
    });
    expect([...outcomes].sort()).toEqual(['{"file":"new"}', '{"file":"old","new":"new"}']);
  });

  test('FLD-2 a chain of renames never loses the file', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      await create(tree, 'a', 'x', true);
      valueOf(await tree.syncDirectory(''));
      valueOf(await tree.rename('a', 'b', { replace: true }));
      valueOf(await tree.rename('b', 'c', { replace: true }));
    });
    expect([...outcomes].sort()).toEqual(['{"a":"x"}', '{"b":"x"}', '{"c":"x"}']);
  });

  test('DUR-1 syncing a directory does not make its own name durable, and what was moved into it stays where it was', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      await create(tree, 'a', 'x', true);
      valueOf(await tree.syncDirectory(''));
      valueOf(await tree.makeDirectory('d'));
      valueOf(await tree.rename('a', 'd/a', { replace: true }));
      valueOf(await tree.syncDirectory('d'));
    });
    expect([...outcomes].sort()).toEqual(['{"a":"x"}', '{"d":"directory","d/a":"x"}']);
  });

  test('DUR-1 a directory that was removed comes back with what it still held durably', async () => {
    const outcomes = await afterPowerCuts(async (tree) => {
      valueOf(await tree.makeDirectory('d'));
      await create(tree, 'd/a', 'x', true);
      valueOf(await tree.syncDirectory('d'));
      valueOf(await tree.syncDirectory(''));
      valueOf(await tree.unlink('d/a'));
      valueOf(await tree.removeDirectory('d'));
    });
    expect([...outcomes].sort()).toEqual(['{"d":"directory","d/a":"x"}', '{"d":"directory"}', '{}'].sort());
  });

  test('FLD-2 no directory becomes its own ancestor because an earlier rename is gone', async () => {
    const outcomes = await afterPowerCuts(async (tree, host) => {
      host.user.write(`${root}/a/b/file`, 'x');
      valueOf(await tree.rename('a/b', 'b', { replace: false }));
      valueOf(await tree.rename('a', 'b/a', { replace: false }));
    });
    expect([...outcomes].every((outcome) => outcome.includes('file":"x"'))).toBe(true);
    expect(outcomes.size).toBe(3);
  });

  test('what the user did is durable at once, also below directories that a program made', async () => {
    const outcomes = await afterPowerCuts(async (tree, host) => {
      valueOf(await tree.makeDirectory('d'));
      host.user.write(`${root}/d/e/file`, 'mine');
      host.user.rename(`${root}/d/e`, `${root}/d/f`);
    });
    expect([...outcomes]).toEqual(['{"d":"directory","d/f":"directory","d/f/file":"mine"}']);
  });

  test('what nobody synced is written back by the system after half a minute', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const world = new SimWorld(`write back ${seed}`);
      const host = world.addHost({ name: 'anna' });
      host.user.mkdir(root);
      await world.scheduler.drive((async () => create(valueOf(await host.ports.trees.open(root)), 'a', 'content'))());
      await world.scheduler.runFor(31_000);
      host.crash({ powerCut: true });
      expect(contents(host)).toEqual({ a: 'content' });
    }
  });

  test('the space in use is right after a power cut', async () => {
    const host = await withTree('space', async (tree) => {
      await create(tree, 'a', 'x'.repeat(1000), true);
      valueOf(await tree.syncDirectory(''));
      await create(tree, 'b', 'x'.repeat(500), true);
    });
    expect(host.disk.usedBytes).toBe(1500);
    host.crash({ powerCut: true });
    const walked = [...host.user.walk(root).values()].reduce((sum, { content }) => sum + content.length, 0);
    expect(host.disk.usedBytes).toBe(walked);
  });
});

describe('crashes of the program', () => {
  test('a killed program loses no write', async () => {
    const host = await withTree('kill', async (tree) => {
      await create(tree, 'a', 'content');
      valueOf(await tree.rename('a', 'b', { replace: false }));
    });
    host.crash({ powerCut: false });
    expect(contents(host)).toEqual({ b: 'content' });
  });

  test('a crash point stops the host right there: the operation never happens, its promise never settles', async () => {
    const world = new SimWorld('crash point');
    const host = world.addHost({ name: 'anna' });
    host.user.mkdir(root);
    const deaths: boolean[] = [];
    host.crashed.on(({ powerCut }) => deaths.push(powerCut));
    let operations = 0;
    host.crashPoint = () => (++operations === 4 ? 'crash' : 'go-on');
    let reached = 0;
    const work = (async () => {
      const tree = valueOf(await host.ports.trees.open(root));
      for (let i = 0; i < 10; i++) {
        valueOf(await tree.makeDirectory(`d${i}`));
        reached += 1;
      }
    })();
    await expect(world.scheduler.drive(work)).rejects.toThrow('still waiting');
    expect([reached, deaths, host.state]).toEqual([2, [false], 'down']);
    expect(contents(host)).toEqual({ d0: 'directory', d1: 'directory' });
    host.crashPoint = undefined;
    const tree = valueOf(await world.scheduler.drive(host.restart().trees.open(root)));
    expect(valueOf(await world.scheduler.drive(tree.list('')))).toHaveLength(2);
  });

  test('FLD-2 a rename that must not replace can leave both names when the program dies in it', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const world = new SimWorld(`both names ${seed}`);
      const host = world.addHost({ name: 'anna' });
      host.user.write(`${root}/a`, 'x');
      host.crashPoint = (operation) => (operation === 'rename' ? 'crash' : 'go-on');
      const work = (async () => valueOf(await host.ports.trees.open(root)).rename('a', 'b', { replace: false }))();
      await expect(world.scheduler.drive(work)).rejects.toThrow('still waiting');
      outcomes.add(Object.keys(contents(host)).join());
    }
    expect([...outcomes].sort()).toEqual(['a', 'a,b']);
  });

  test('an unlinked file that a dead program had open gives its space back', async () => {
    const host = await withTree('open', async (tree, { user, disk }) => {
      await create(tree, 'a', 'x'.repeat(100));
      valueOf(await tree.openRead('a'));
      user.remove(`${root}/a`);
      expect(disk.usedBytes).toBe(100);
    });
    host.crash({ powerCut: false });
    expect(host.disk.usedBytes).toBe(0);
  });
});

describe('faults', () => {
  test('FLD-9 a full disk fails writes and takes them again when there is room', () =>
    withFullDisk(async (tree, host) => {
      await create(tree, 'a', 'x'.repeat(600));
      const handle = valueOf(await tree.create('b', 0o644));
      expect(await handle.write(0, new Uint8Array(600))).toMatchObject({ ok: false, error: { kind: 'full' } });
      host.user.remove(`${root}/a`);
      expect((await handle.write(0, new Uint8Array(600))).ok).toBe(true);
      expect(valueOf(await tree.space())).toEqual({ freeBytes: 400, totalBytes: 1000 });
    }));

  test('FLD-9 injected errors concern the operations and paths they name, as often as they say', () =>
    withTree('inject', async (tree, host) => {
      host.disk.faults.add({ kind: 'permission', applies: (operation, path) => operation === 'openRead' && path.endsWith('/a'), times: 2 });
      await create(tree, 'a', 'x');
      await create(tree, 'b', 'x');
      expect(await tree.openRead('a')).toMatchObject({ ok: false, error: { kind: 'permission', path: 'a' } });
      expect((await tree.openRead('b')).ok).toBe(true);
      expect((await tree.openRead('a')).ok).toBe(false);
      expect((await tree.openRead('a')).ok).toBe(true);
    }));

  test('FLD-5 an unmounted folder is an empty directory of another device', () =>
    withTree('mount', async (tree, host) => {
      await create(tree, 'a', 'x');
      const device = valueOf(await tree.stat(''))?.device;
      host.disk.mount(root);
      expect(valueOf(await tree.list(''))).toEqual([]);
      expect(valueOf(await tree.stat(''))?.device).not.toBe(device);
      host.disk.unmount(root);
      expect(valueOf(await tree.stat('a'))?.device).toBe(device);
    }));

  test('FLD-5 a folder that was moved away is missed, not followed', () =>
    withTree('moved', async (tree, host) => {
      host.user.rename(root, '/home/anna/elsewhere');
      expect(await tree.list('')).toMatchObject({ ok: false, error: { kind: 'not-found' } });
    }));
});

async function withFullDisk(body: (tree: FileTree, host: SimHost) => Promise<void>): Promise<void> {
  const world = new SimWorld('full');
  const host = world.addHost({ name: 'anna', disk: { capacityBytes: 1000 } });
  host.user.mkdir(root);
  await world.scheduler.drive((async () => body(valueOf(await host.ports.trees.open(root)), host))());
}
