const stopNames = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Aborted by the first SIGINT, SIGTERM or SIGHUP to this process; a later one changes nothing. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of stopNames) {
    process.on(name, () => stop.abort());
  }
  return stop.signal;
}

/** A piece of work that is to leave nothing behind when this process is told to end. */
export function stoppable(): Disposable & { checkGoingOn(): void } {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  for (const name of stopNames) process.on(name, abort);
  return {
    /** @throws AbortError once the process was told to end */
    checkGoingOn: () => stop.signal.throwIfAborted(),
    [Symbol.dispose]() {
      for (const name of stopNames) process.off(name, abort);
    },
  };
}

const parentPeriodMs = 500;

/** Aborted when another process has become the parent: the one that started this is gone. */
export function orphaned(): AbortSignal {
  const gone = new AbortController();
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone.abort();
  }, parentPeriodMs);
  timer.unref();
  return gone.signal;
}
