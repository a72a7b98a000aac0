/** Aborted by the first SIGINT, SIGTERM or SIGHUP to this process; a later one changes nothing. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => stop.abort());
  }
  return stop.signal;
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
