/** Between two looks: short at first, and then so long that looking leaves the machine to what is looked at. */
function pauseMs(waitedMs: number): number {
  return Math.min(100, 10 + waitedMs / 10);
}

/** Waits until a condition gives something other than null or false; the error says what did not happen. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  patienceMs = 30_000,
): Promise<Exclude<T, null | false>> {
  const startMs = performance.now();
  for (;;) {
    const found = await condition();
    if (found !== null && found !== false) return found as Exclude<T, null | false>;
    const waitedMs = performance.now() - startMs;
    if (waitedMs > patienceMs) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs(waitedMs)));
  }
}
