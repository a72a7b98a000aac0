import { describe, expect, test } from "vitest";
import { runDoor } from "./fuzz/campaign.ts";
import { doors } from "./fuzz/doors/index.ts";
import { doorsOnPage } from "./fuzz/table.ts";

describe.each(doors.map((door) => [door.name, door] as const))("door %s", (_name, door) => {
  test("takes a valid input", async () => {
    const verdicts = await Promise.all(door.samples.map((sample) => door.read(sample)));
    expect(verdicts.map(({ kind }) => kind)).toContain("accepted");
  });

  test("refuses what is wrong with one of its own codes, whatever it is", async () => {
    const luck = { inputs: 30, seed: 6, path: null };
    const { failure, inputs, refused, accepted } = await runDoor(door, luck);
    expect(failure).toBeNull();
    expect(refused + accepted).toBe(inputs);
    expect(refused).toBeGreaterThan(0);
  });
});

test("the page on security names every door, as the last campaign found them", () => {
  expect(doorsOnPage()).toEqual(doors.map(({ name }) => name));
});
