import type { DeviceStatus, FolderStatus, Status } from '../../core/api/index.ts';

/** A live device on the local network. */
export const exampleDevice: DeviceStatus = {
  id: '12D3KooWannasDevice',
  name: "Anna's ThinkPad",
  state: 'live',
  epoch: 1,
  phase: null,
  address: '/ip4/192.0.2.7/tcp/4001',
  path: 'lan',
  rttMs: 1.25,
  asleepSince: null,
  lastSeenAt: null,
  nextTryAt: null,
  rateIn: 0,
  rateOut: 2048,
  needs: { files: 3, bytes: 4096 },
  sending: { files: 0, bytes: 0, sent: 0 },
  introducedBy: null,
  addresses: [],
  lastRecovery: null,
};

/** A folder in the middle of a download, with a conflict and problems. */
export const exampleFolder: FolderStatus = {
  id: 'ab'.repeat(32),
  name: 'docs',
  path: '/home/me/docs',
  role: 'owner',
  state: 'syncing',
  upToDate: false,
  why: ['12 files are still to be fetched.'],
  wanted: { files: 12, bytes: 120 * 1024 * 1024 },
  total: { files: 1203, bytes: 3.4 * 1024 ** 3 - 0.6 },
  reading: { files: 0, bytes: 0, done: 0 },
  unread: 0,
  waitingFor: [{ device: exampleDevice.id, since: '2026-11-20T09:12:00Z' }],
  onlyHere: { files: 0, bytes: 0 },
  rate: 40 * 1024 * 1024,
  etaSeconds: 3,
  recovery: { phase: 'data', done: 2, total: 12, devices: [{ device: exampleDevice.id, phase: 'data', done: 2, total: 12 }] },
  conflicts: 1,
  problems: 2,
  localChanges: 0,
  lastEvenAt: {},
  devices: [],
};

/** A device with one busy folder and one sleeping peer. */
export const exampleStatus: Status = {
  schema: 1,
  at: '2026-11-20T12:00:00Z',
  device: {
    id: '12D3KooWmyOwnDevice',
    name: 'mine',
    incarnation: '0123456789abcdef',
    addresses: [],
    keyStorage: 'file',
    suspended: false,
    warnings: ['The key is in a file.'],
  },
  pause: null,
  folders: [{ ...exampleFolder, total: { files: 1203, bytes: 3650722201 } }],
  devices: [{ ...exampleDevice, state: 'asleep', asleepSince: '2026-11-20T09:12:00Z', lastSeenAt: '2026-11-20T09:59:00Z' }],
  transfers: [
    {
      folder: exampleFolder.id,
      path: 'a\u001b[2J.bin',
      bytes: 200,
      done: 50,
      rate: 10,
      hedges: 0,
      sources: [{ device: exampleDevice.id, blocks: 2, overdue: 1 }],
      blocks: {
        count: 8,
        cells: [
          { device: exampleDevice.id, state: 'arrived', share: 0.25 },
          { device: exampleDevice.id, state: 'overdue', share: 0.125 },
          { device: null, state: 'missing', share: 0.625 },
        ],
      },
    },
  ],
  offers: 1,
  incidents: 0,
};
