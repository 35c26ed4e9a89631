// The command line: `dormouse`. Everything it does is in program.ts and commands/; here it is joined to the process.
import { exitCodes } from './exit-codes.ts';
import { collectYoungOften } from './memory.ts';
import { runCommandLine } from './program.ts';
import { processSurroundings } from './process-surroundings.ts';
import { refuseOldRuntime } from './runtime-check.ts';

const tooOld = refuseOldRuntime(process.versions);
if (tooOld === undefined) {
  collectYoungOften();
  process.exitCode = await runCommandLine(process.argv.slice(2), processSurroundings());
} else {
  process.stderr.write(`${tooOld}\n`);
  process.exitCode = exitCodes.failed;
}
