/** Waits until a condition gives something other than null or false; the error says what did not happen. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  patienceMs = 30_000,
): Promise<Exclude<T, null | false>> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const found = await condition();
    if (found !== null && found !== false) return found as Exclude<T, null | false>;
    if (performance.now() > endMs) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
