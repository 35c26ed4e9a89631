// Runs a task of package.json on the Node 24 that the project brings along, and installs the packages first where they are missing.
// Use: node build/bootstrap.mjs TASK [ARGS...]
//
// This file has to run in a bare clone on whatever Node the machine has: plain JavaScript, no packages, nothing newer than Node 18.
// All it says itself goes to stderr: stdout belongs to the task.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeMajorNeeded = 24;
const parentCheckIntervalMs = 500;

/** What each task runs, relative to the project's folder. */
const argvByTask = {
  start: ['main/start.ts'],
  dormouse: ['main/cli.ts'],
  test: ['build/test.ts'],
  check: ['build/check.ts'],
  build: ['build/build.ts'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--write', '--log-level=warn', '.'],
  demo: ['build/demo/demo.ts'],
  bench: ['build/bench/bench.ts'],
  soak: ['build/soak.ts'],
  lab: ['build/lab/lab.ts'],
  package: ['build/package.ts'],
  // Installs what is missing and stops there.
  install: null,
};

main();

function main() {
  const [task, ...args] = process.argv.slice(2);
  if (task === undefined || !Object.hasOwn(argvByTask, task)) {
    fail(2, `Unknown task ${task === undefined ? '(none given)' : task}.`, `Use one of: ${Object.keys(argvByTask).join(', ')}.`);
  }
  const difference = installDifference();
  if (difference !== undefined) install(difference);
  const node = projectNode();
  const argv = argvByTask[task];
  if (argv === null) return;
  if (!existsSync(join(root, argv[0]))) {
    fail(1, `Cannot run "${task}": ${argv[0]} is not in this checkout.`, 'Check out a revision that has it, or restore the file.');
  }
  run(node, task, argv, args);
}

/** Why the installed packages are not those of the lockfile, or undefined when they are. */
function installDifference() {
  const wanted = readPackages('package-lock.json');
  if (wanted === undefined) fail(1, 'package-lock.json is missing or unreadable.', 'Restore it from version control.');
  // npm writes this file last, so an install that was broken off has none.
  const installed = readPackages('node_modules/.package-lock.json');
  if (installed === undefined) return 'no packages are installed';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    // Optional packages are those of other platforms.
    if (found === undefined && (entry.optional || entry.devOptional || entry.peer)) continue;
    if (found === undefined) return `${path} is not installed`;
    if (found.version !== entry.version || found.integrity !== entry.integrity) return `${path} is not the version in package-lock.json`;
  }
  return undefined;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Development packages are always included: Node 24 itself is one. */
function install(reason) {
  say(`Installing packages (${reason}): npm ci`);
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm tells its scripts where it is, so that the same npm is used; else the one on the path.
  const npm = process.env.npm_execpath;
  const own = npm !== undefined && npm.endsWith('npm-cli.js') && existsSync(npm);
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const result = own
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (result.error) fail(1, `npm could not be started: ${result.error.message}.`, 'Install npm, then try again.');
  if (result.status !== 0)
    fail(
      1,
      'npm ci failed; its own message is above.',
      'Remove what it names (most often there is no connection to the package registry), then try again.',
    );
}

/** The path of a Node that runs the sources: the one in node_modules, else the running one if it is new enough. */
function projectNode() {
  const path = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (process.execPath === path && isNewEnough(process.version)) return path;
  const result = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const version = result.status === 0 ? result.stdout.trim() : undefined;
  if (version !== undefined && isNewEnough(version)) return path;
  if (isNewEnough(process.version)) return process.execPath;
  fail(
    1,
    `Node ${nodeMajorNeeded} is needed; the one that the project installs in node_modules is ${version ?? 'missing'}, and this one is ${process.version}.`,
    'Its package has an install script, which does not run where npm is told to ignore scripts (--ignore-scripts, or ignore-scripts=true ' +
      'in an .npmrc). Run: npm ci --ignore-scripts=false',
  );
}

function isNewEnough(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1]) >= nodeMajorNeeded;
}

/** Runs the task and ends as it ends: same exit code, or same signal. */
function run(node, task, argv, args) {
  const env = { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].filter(Boolean).join(delimiter) };
  // Paths that a person gives to the command line are relative to where they stand, which npm hides by changing folders.
  const callerFolder = process.env.npm_lifecycle_event === 'dormouse' ? process.env.INIT_CWD : undefined;
  const cwd = task === 'dormouse' ? (callerFolder ?? process.cwd()) : root;
  const child = spawn(node, [join(root, argv[0]), ...argv.slice(1), ...args], { cwd, env, stdio: 'inherit' });

  // A terminal sends Ctrl-C to the child as well; passing it on would make two of one.
  const hasTerminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !hasTerminal) child.kill(signal);
    });
  }
  // npm runs this through a shell, which may die of a signal without passing it on: a task never outlives the npm that it belongs to.
  if (process.env.npm_lifecycle_event === task) {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      child.kill('SIGTERM');
    }, parentCheckIntervalMs);
  }
  child.on('error', (error) => fail(1, `${node} could not be started: ${error.message}.`, 'Run npm ci, then try again.'));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends with a message that names the cause and what to do. */
function fail(exitCode, cause, remedy) {
  say(`${cause}\n${remedy}`);
  process.exit(exitCode);
}
