// Checks everything that needs no run of the program: types, lint, format, layers and tidiness. All steps run, even after one failed.
import { spawnSync } from 'node:child_process';

const steps: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '--project', '.'] },
  { name: 'types of the window', args: ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.renderer.json'] },
  { name: 'lint', args: ['node_modules/oxlint/bin/oxlint', '--deny-warnings', '--report-unused-disable-directives'] },
  { name: 'format', args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '--cache', '.'] },
  { name: 'layers', args: ['node_modules/vitest/vitest.mjs', 'run', 'core/layers.test.ts', 'build/tidy.test.ts'] },
];

const failed = steps.filter((step) => {
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, step.args, { stdio: 'inherit' });
  const verdict = status === 0 ? 'ok' : 'FAILED';
  console.log(`${step.name}: ${verdict} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  return status !== 0;
});
if (failed.length > 0) console.log(`check failed: ${failed.map((step) => step.name).join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
