// Many short samples and their minimum: whatever else runs on the machine only ever adds.

const sampleMs = 0.5;

/**
 * Least time of one call of `work`, in microseconds, over many samples of about half a millisecond within
 * `budgetMs`. By the wall clock, which for one thread that nothing interrupts is CPU time: the clock of CPU
 * time itself moves in ticks of 4 ms on many machines, and the longer a sample, the surer its disturbance.
 */
export function leastUs(budgetMs: number, work: () => void): number {
  let calls = 1;
  while (timeOf(work, calls) < sampleMs) calls *= 2;
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + budgetMs;
  do {
    least = Math.min(least, timeOf(work, calls) / calls);
  } while (performance.now() < end);
  return least * 1_000;
}

function timeOf(work: () => void, calls: number): number {
  const start = performance.now();
  for (let call = 0; call < calls; call += 1) work();
  return performance.now() - start;
}

/**
 * Least CPU time of all threads of this process for one round of `work`, in microseconds; a round takes so
 * long that ticks of 4 ms do not matter.
 */
export async function leastProcessUs(
  rounds: number,
  work: (round: number) => Promise<void>,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    await work(round);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least;
}

/** Wall clock of one round of `work` after the other, in milliseconds. */
export async function wallMs(
  rounds: number,
  work: (round: number) => Promise<void>,
): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await work(round);
    samples.push(performance.now() - start);
  }
  return samples;
}
