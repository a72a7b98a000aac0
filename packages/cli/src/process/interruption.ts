const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs something that a person may stop in order: the first SIGINT, SIGTERM or SIGHUP aborts the signal, and
 * the next one ends the process as if nobody listened.
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const listen = (): void => {
    deafen();
    stop.abort();
  };
  const deafen = (): void => {
    for (const name of names) process.off(name, listen);
  };
  for (const name of names) process.on(name, listen);
  try {
    return await run(stop.signal);
  } finally {
    deafen();
  }
}
