// Shows Dormouse at work: four real agents on this machine, real files, real conflicts, a killed agent; then compares every byte.
// Use: npm run demo [-- --small] [--keep]     Ends with 1 if anything differs.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DemoDevice } from './device.ts';
import { DemoReport } from './report.ts';
import { runScenario } from './scenario.ts';
import { DaemonFailure } from '../../main/testing/daemon-process.ts';

const { values: options } = parseArgs({
  options: {
    small: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dormouse-demo-')));
const devices: DemoDevice[] = [];
const report = new DemoReport({ isTerminal: process.stdout.isTTY, write: (text) => void process.stdout.write(text) });

// However this ends, nothing is left running and (unless --keep) nothing on the disk.
process.on('exit', () => {
  for (const device of devices) device.killNow();
  if (!options.keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

report.say(`Everything happens in ${folder}${options.keep ? ', which is kept' : ''}.`);
const startedMs = performance.now();
try {
  await runScenario(folder, options, report, devices);
  report.say(
    `\n${report.summary()}\n${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)} s  in all\n\nEverything is as it must be.`,
  );
} catch (error) {
  process.exitCode = 1;
  report.say(`\n\nFAILED: ${error instanceof DaemonFailure ? error.message : String(error instanceof Error ? error.stack : error)}`);
  for (const device of devices) report.say(`\nThe last lines of ${device.name}'s log:\n${device.logTail()}`);
}
await Promise.all(devices.map((device) => device.stop()));
