import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { diagnosticItems } from '../diagnostics.ts';
import { explainFsError } from '../home.ts';
import { tarGz } from '../tar.ts';
import { formatBytes } from '../text/format.ts';
import { absolutePath } from './paths.ts';
import { type CommandRunner, done, examples, failed } from './session.ts';

interface DiagnosticsOptions {
  readonly hashNames?: boolean;
}

export function addDiagnosticsCommand(program: Command, runner: CommandRunner): void {
  program
    .command('diagnostics')
    .argument('[file]', 'the archive to write (default: dormouse-diagnostics-DATE-TIME.tar.gz here)')
    .option('--hash-names', 'replace names and paths by hashes')
    .summary('pack logs, status and incidents into one archive')
    .description(
      'Packs what is needed to look into a fault: logs, status, events, incidents. No file contents and no keys. Works without a running agent, with less in it.',
    )
    .addHelpText(
      'after',
      examples([
        ['dormouse diagnostics', ''],
        ['dormouse diagnostics report.tar.gz --hash-names', 'to pass on to strangers'],
      ]),
    )
    .action(
      runner.action<[file: string | undefined, options: DiagnosticsOptions]>(async (session, file, { hashNames = false }) => {
        const { now } = session.text;
        const stamp = now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
        const path = absolutePath(session, file ?? `dormouse-diagnostics-${stamp}.tar.gz`);
        const fromAgent = await session.call('diagnostics', { hashNames });
        if (!fromAgent.ok && fromAgent.error.kind !== 'no-agent') return fromAgent;
        if (!fromAgent.ok) session.note(`${fromAgent.error.text}\nOnly logs and crash reports are packed.`);
        const items = diagnosticItems(fromAgent.ok ? fromAgent.value.files : [], session.home, hashNames);
        if (items.length === 0)
          return failed('no-agent', `There is nothing to pack: no agent runs for ${session.home.folder}, and it has no logs.`);
        const archive = tarGz(items, now);
        try {
          writeFileSync(path, archive, { mode: 0o600, flag: 'wx' });
        } catch (error) {
          const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
          const cause = exists ? 'it exists already; choose another name' : explainFsError(error);
          return failed(exists ? 'already-exists' : 'failed', `${path} cannot be written: ${cause}.`);
        }
        return done(
          { file: path, bytes: archive.length, agent: fromAgent.ok },
          `Wrote ${path} (${formatBytes(archive.length)}). Look through it before you pass it on.`,
        );
      }),
    );
}
