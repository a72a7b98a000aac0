import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import type { Door, Verdict } from "./door.ts";
import { makeInput } from "./make-input.ts";
import { plans } from "./plan.ts";

/** What a campaign saw at one door. */
export interface DoorResult {
  readonly door: string;
  readonly inputs: number;
  readonly refused: number;
  readonly accepted: number;
  /** Inputs that the outermost decoder took. */
  readonly outer: number;
  /** Refusals by code, the commonest first. */
  readonly codes: Readonly<Record<string, number>>;
  readonly failures: number;
  /** Of the first failure: what was thrown, and the smallest input found that throws it. */
  readonly failure: { readonly error: string; readonly input: string } | null;
  readonly slowestMs: number;
  readonly seconds: number;
  /** Of one processor: what the door takes of a machine that has other work. */
  readonly cpuSeconds: number;
  /**
   * Memory in use after all inputs, less that after the first fifth: what a door keeps of what it refused.
   * Null where there were too few inputs to tell.
   */
  readonly grownBytes: number | null;
  /** The command that brings the first failure again, or all inputs. */
  readonly replay: string;
}

/** How much is tried, and with which luck. */
export interface Luck {
  readonly inputs: number;
  readonly seed: number;
  /** Of a failure seen before: where in the tree of inputs it stands. */
  readonly path: string | null;
}

/** Memory that a door may keep: caches of the machine grow a little, a leak of 100 bytes an input is 10 MB. */
export const grownBytesMax: number = 64 * 1_048_576;

/** With fewer inputs than this, memory says more about the machine than about the door. */
const measuredInputsMin = 1_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Memory of byte strings is given back a moment after they are collected. */
async function memoryInUse(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

class Counts {
  readonly #warmInputs: number;
  #inputs = 0;
  #warmBytes: number | null = null;
  refused = 0;
  accepted = 0;
  outer = 0;
  slowestMs = 0;
  /** What stood behind the door after the last input. */
  #state: string | null = null;
  readonly codes = new Map<string, number>();

  /** Caches and compiled code fill up in the first inputs; what grows later is kept for ever. */
  constructor(inputs: number) {
    this.#warmInputs = inputs < measuredInputsMin ? 0 : Math.ceil(inputs / 5);
  }

  async grownBytes(): Promise<number | null> {
    if (this.#warmBytes === null) return null;
    return Math.max(0, (await memoryInUse()) - this.#warmBytes);
  }

  async count(door: Door, bytes: Uint8Array): Promise<void> {
    this.#inputs += 1;
    if (this.#inputs === this.#warmInputs) this.#warmBytes = await memoryInUse();
    if (door.isOuter(bytes)) this.outer += 1;
    const before = Uint8Array.from(bytes);
    if (door.state !== undefined) this.#state ??= await door.state();
    const started = performance.now();
    const verdict = await door.read(bytes);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - started);
    if (Buffer.compare(before, bytes) !== 0) throw new Error("the input was changed by its reader");
    await this.#compare(door, verdict);
    if (verdict.kind === "accepted") this.accepted += 1;
    else {
      this.refused += 1;
      this.codes.set(verdict.code, (this.codes.get(verdict.code) ?? 0) + 1);
    }
  }

  /** What was refused has left nothing behind. */
  async #compare(door: Door, verdict: Verdict): Promise<void> {
    if (door.state === undefined) return;
    const before = this.#state;
    this.#state = await door.state();
    if (verdict.kind === "accepted" || before === this.#state) return;
    throw new Error(`refused as ${verdict.code}, and yet ${before} became ${this.#state}`);
  }
}

const shownBytesMax = 2_048;

function failureOf(result: fc.RunDetails<[Parameters<typeof makeInput>[1]]>, door: Door) {
  if (!result.failed) return null;
  const plan = result.counterexample?.[0];
  const bytes = plan === undefined ? new Uint8Array(0) : makeInput(door, plan);
  const cause = result.errorInstance;
  const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return { error, input: Buffer.from(bytes.subarray(0, shownBytesMax)).toString("hex") };
}

function leakOf(grownBytes: number | null): DoorResult["failure"] {
  if (grownBytes === null || grownBytes <= grownBytesMax) return null;
  return { error: `${grownBytes} bytes were kept of what was refused`, input: "" };
}

/** Tries one door with as many inputs as wanted, and stops at the first failure, made small. */
export async function runDoor(door: Door, { inputs, seed, path }: Luck): Promise<DoorResult> {
  const counts = new Counts(inputs);
  const property = fc.asyncProperty(plans, (plan) => counts.count(door, makeInput(door, plan)));
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const result = await fc.check(property, {
    seed,
    numRuns: inputs,
    ...(path === null ? {} : { path }),
  });
  const grownBytes = await counts.grownBytes();
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const failure = failureOf(result, door) ?? leakOf(grownBytes);
  const again = `npm run -s fuzz -- --door ${door.name} --seed ${seed} --inputs ${inputs}`;
  const { refused, accepted, outer, slowestMs } = counts;
  return {
    door: door.name,
    inputs: result.numRuns,
    ...{ refused, accepted, outer },
    codes: Object.fromEntries([...counts.codes].sort((a, b) => b[1] - a[1])),
    failures: failure === null ? 0 : 1,
    ...{ failure, slowestMs, seconds, cpuSeconds: (user + system) / 1e6, grownBytes },
    replay:
      result.counterexamplePath === null ? again : `${again} --path ${result.counterexamplePath}`,
  };
}
