// The bare stream in an Electron's main process, once that is what it is for the desktop program: ready, with Chromium's message loop.
import { app } from 'electron';

void run();

async function run(): Promise<void> {
  try {
    await app.whenReady();
    await import('./raw-stream.ts');
    app.exit(0);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    app.exit(1);
  }
}
