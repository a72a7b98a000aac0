import { describe, expect, test } from "vitest";
import { runDoor } from "./fuzz/campaign.ts";
import { accepted, type Door, refused } from "./fuzz/door.ts";
import { doors } from "./fuzz/doors/index.ts";
import { doorsOnPage, doorTable } from "./fuzz/table.ts";

describe.each(doors.map((door) => [door.name, door] as const))("door %s", (_name, door) => {
  test("takes a valid input", async () => {
    const kinds: string[] = [];
    for (const sample of door.samples) kinds.push((await door.read(sample)).kind);
    expect(kinds).toContain("accepted");
  });

  test("refuses what is wrong with one of its own codes, whatever it is", async () => {
    const luck = { inputs: 30, seed: 6, path: null };
    const { failure, inputs, refused, accepted } = await runDoor(door, luck);
    expect(failure).toBeNull();
    expect(refused + accepted).toBe(inputs);
    expect(refused).toBeGreaterThan(0);
  });
});

/** A door that is as it should be, or not, in one way. */
function doorThat(changed: Partial<Door>): Door {
  return {
    ...{
      name: "test.door",
      what: "bytes",
      limit: "none",
      form: "bytes",
      samples: [Uint8Array.of(1)],
    },
    isOuter: () => true,
    read: () => refused("TEST"),
    ...changed,
  };
}

describe("a campaign fails", () => {
  const luck = { inputs: 1_200, seed: 6, path: null };

  test("where a door keeps what it refused, and only there", async () => {
    const kept: Uint8Array[] = [];
    const leaking = doorThat({
      read: () => {
        kept.push(new Uint8Array(100_000).fill(1));
        return refused("TEST");
      },
    });
    expect(await runDoor(leaking, luck)).toMatchObject({
      failures: 1,
      failure: { error: expect.stringMatching(/were kept of what was refused/) },
    });
    const tight = doorThat({
      read: () => refused(`TEST ${new Uint8Array(100_000).fill(1).length}`),
    });
    expect(await runDoor(tight, luck)).toMatchObject({ failures: 0, failure: null });
  });

  test("where a refusal leaves something behind", async () => {
    let count = 0;
    const careless = doorThat({
      read: (bytes) => {
        if (bytes.length > 1) count += 1;
        return bytes.length > 2 ? refused("TEST") : accepted;
      },
      state: () => `${count}`,
    });
    const { failures, failure } = await runDoor(careless, luck);
    expect(failures).toBe(1);
    expect(failure?.error).toMatch(/refused as TEST, and yet \d+ became \d+/);
  });

  test("where a reader changes its input, and where anything but a refusal comes out", async () => {
    const writing = doorThat({
      read: (bytes) => {
        bytes[0] = (bytes[0] ?? 0) ^ 1;
        return refused("TEST");
      },
    });
    expect((await runDoor(writing, luck)).failure?.error).toMatch(/changed by its reader/);
    const broken = doorThat({
      read: (bytes) => {
        if (bytes.length > 4) throw new TypeError("a mistake");
        return accepted;
      },
    });
    const { failure, replay } = await runDoor(broken, luck);
    expect(failure?.error).toMatch(/a mistake/);
    // Made small: no shorter input breaks it.
    expect(failure?.input.length).toBe(10);
    expect(replay).toMatch(/--path [\d:]+$/);
  });
});

test("the page on security names every door, as the last campaign found them", () => {
  expect(doorsOnPage()).toEqual(doors.map(({ name }) => name));
});

test("a campaign over some doors leaves the rows of the others, and what processes got", async () => {
  const both = ["test.one", "test.two"].map((name) => doorThat({ name }));
  const luck = { inputs: 5, seed: 6, path: null };
  const results = await Promise.all(both.map((door) => runDoor(door, luck)));
  const whole = doorTable(both, results, "");
  const thrown = whole.replace(/(`test.one`.*)\| {2}\|$/m, "$1| 250 |");
  expect(thrown).not.toBe(whole);
  const again = await runDoor(both[0] as Door, { ...luck, inputs: 9 });
  const lines = (table: string) => table.split("\n").filter((line) => line.includes("`test."));
  const [one, two] = lines(doorTable(both, [again], thrown));
  expect(one).toMatch(/\| 9 \|.*\| 250 \|$/);
  expect(two).toBe(lines(thrown)[1]);
  // A door that is gone takes its row along, and nobody makes one up for a door that was never tried.
  const [first, second] = both;
  expect(lines(doorTable([second as Door], [], thrown))).toEqual([two]);
  expect(
    lines(doorTable([first as Door, doorThat({ name: "test.new" })], [], thrown)),
  ).toHaveLength(1);
});
