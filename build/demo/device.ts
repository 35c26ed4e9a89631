import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FolderStatus } from '../../core/api/index.ts';
import { DaemonProcess } from '../../main/testing/daemon-process.ts';

/** One device of the demo: a real agent with a home of its own, and the directory that it syncs. */
export class DemoDevice extends DaemonProcess {
  readonly folder: string;

  constructor(name: string, parent: string) {
    super(name, join(parent, name, 'home'));
    this.folder = join(parent, name, 'shared');
    mkdirSync(this.folder);
  }

  /** The one folder of this device; undefined before it has one. */
  async folderStatus(): Promise<FolderStatus | undefined> {
    return (await this.call('status', {})).folders[0];
  }
}
