/**
 * Ending a thread in the middle of a call of the SQLite addon aborts the whole process (SIGABRT), also in `process.exit`. So the worker
 * shows in shared memory whether it is at work, and an ending process asks it to stop and waits until it is not.
 */
export type ExitControl = Int32Array<SharedArrayBuffer>;

/** Words of the control. */
const stopWord = 0;
const busyWord = 1;

/** Opening and a batch take milliseconds; a request for a large scan tens of them. */
const waitMsMax = 2000;

/** Shows the worker at work from the start: opening is work too. */
export function exitControl(): ExitControl {
  const control = new Int32Array(new SharedArrayBuffer(8));
  control[busyWord] = 1;
  return control;
}

/** In the worker: whether the process is ending, so that nothing more is begun. */
export function isEnding(control: ExitControl): boolean {
  return Atomics.load(control, stopWord) !== 0;
}

/** In the worker: between `true` and `false` it is in calls that must not be cut off. */
export function showBusy(control: ExitControl, isBusy: boolean): void {
  Atomics.store(control, busyWord, isBusy ? 1 : 0);
  Atomics.notify(control, busyWord);
}

/** In the thread that ends the process; the returned function takes the guard away. */
export function guardExit(control: ExitControl): () => void {
  const onExit = (): void => {
    Atomics.store(control, stopWord, 1);
    Atomics.wait(control, busyWord, 1, waitMsMax);
  };
  process.on('exit', onExit);
  return () => void process.off('exit', onExit);
}
