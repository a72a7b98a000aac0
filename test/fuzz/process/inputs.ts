import fc from "fast-check";
import type { Door } from "../door.ts";
import { doors } from "../doors/index.ts";
import { makeInput } from "../make-input.ts";
import { plans } from "../plan.ts";

/** An input on its way to a process. */
export interface Thrown {
  /** Name of the door it was made for. */
  readonly door: string;
  readonly bytes: Uint8Array;
}

function doorOf(name: string): Door {
  const door = doors.find((one) => one.name === name);
  if (door === undefined) throw new Error(`there is no door ${name}`);
  return door;
}

/** Inputs for these doors in turn, drawn by the seed. */
export function inputsFor(
  names: readonly string[],
  count: number,
  seed: number,
): readonly Thrown[] {
  const chosen = names.map(doorOf);
  const drawn = fc.sample(plans, { seed, numRuns: count });
  return drawn.map((plan, index) => {
    const door = chosen[index % chosen.length] as Door;
    return { door: door.name, bytes: makeInput(door, plan) };
  });
}

/** As {@link inputsFor}, for a door that begins with a sample of the company itself. */
export function inputsLike(
  name: string,
  sample: Uint8Array,
  count: number,
  seed: number,
): readonly Thrown[] {
  const door = { ...doorOf(name), samples: [sample] };
  const drawn = fc.sample(plans, { seed, numRuns: 2 * count + 10 });
  return drawn
    .map((plan) => ({ door: name, bytes: makeInput(door, plan) }))
    .filter(({ bytes }) => Buffer.compare(bytes, sample) !== 0)
    .slice(0, count);
}
