import { Writable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { createLog } from "../src/log.ts";
import { startNode } from "../src/start.ts";
import { Consortium } from "./helpers/consortium.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

type Counts = ReadonlyMap<string, number>;

/** Every line of a node's metrics without the label that all have; by name and labels. */
async function countsAt(port: number | null): Promise<Counts> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      const name = line
        .slice(0, at)
        .replace(/network="[^"]*",?/, "")
        .replace(",}", "}");
      return [name.replace("{}", ""), Number(line.slice(at + 1))];
    }),
  );
}

async function commit(network: Consortium, at: number): Promise<void> {
  const height = network.status(at).height;
  const create = network.writer(at).createStream();
  expect((await network.client(at).submit(create)).ok).toBe(true);
  await until("it is committed", () => network.status(at).height > height);
}

describe("metrics", { timeout: 90_000 }, () => {
  test("tell how the network moves, who proposes and who is missing", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    await network.start();
    await network.ready();
    for (const index of [0, 1, 2, 3]) await commit(network, index);
    const { operationsPort } = network.node(0);
    const counts = await countsAt(operationsPort);
    const get = (name: string): number => counts.get(name) ?? Number.NaN;
    expect(get('tegata_sync_state{state="ready"}')).toBe(1);
    expect(get('tegata_sync_state{state="no-quorum"}')).toBe(0);
    const [inside = 0, outside = 0] = ["in", "out"].map((direction) =>
      get(`tegata_p2p_peers{direction="${direction}"}`),
    );
    expect(inside + outside).toBe(3);
    const proposers = [...counts.keys()].filter((name) =>
      name.startsWith("tegata_consensus_proposer{"),
    );
    expect(proposers).toHaveLength(1);
    expect(proposers[0]).toMatch(/\{member="company-[abcd]"\}$/);
    for (const step of ["propose", "prevote", "precommit"]) {
      expect(get(`tegata_consensus_step_duration_seconds_count{step="${step}"}`)).toBeGreaterThan(
        0,
      );
    }
    // All clocks are one: what is left is the way of a proposal.
    expect(Math.abs(get("tegata_clock_offset_seconds"))).toBeLessThan(5);
    expect(get('tegata_storage_bytes{kind="bodies"}')).toBeGreaterThan(0);
    expect(get('tegata_storage_bytes{kind="state"}')).toBeGreaterThan(0);
    expect(get("tegata_storage_size_bytes")).toBeGreaterThan(get("tegata_storage_free_bytes"));
    expect([...counts.keys()].filter((name) => name.startsWith("tegata_build_info"))[0]).toContain(
      'member="company-a"',
    );
    await network.stop(3);
    const missed = 'tegata_consensus_proposals_missed_total{member="company-d"}';
    await until(
      "its turn is missed",
      async () => {
        await commit(network, 0);
        return ((await countsAt(operationsPort)).get(missed) ?? 0) > 0;
      },
      60_000,
    );
  });

  test("name the companies that are missing in the log when nothing moves, and say when it goes on", async () => {
    consortium = await Consortium.found(4);
    const network = consortium;
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(`${chunk}`);
        done();
      },
    });
    const { config, secrets } = network.member(0);
    const watched = await startNode(config, secrets, { log: createLog("info", stream) });
    try {
      await network.start(1, 2, 3);
      await network.ready();
      await network.stop(2, 3);
      const create = network.writer(1).createStream();
      expect((await network.client(1).submit(create)).ok).toBe(true);
      const told = () => lines.filter((line) => line.includes("companies are missing"));
      await until("it is told", () => told().length > 0, 40_000);
      const { missing, votes, seconds } = JSON.parse(told()[0] ?? "");
      expect(missing.toSorted()).toEqual(["Chubu Motors", "Daiwa Motors"]);
      expect(seconds).toBeGreaterThanOrEqual(10);
      expect(votes).toHaveLength(4);
      expect(votes).toContainEqual({
        ...{ company: "Chubu Motors", present: false },
        ...{ prevote: "missing", precommit: "missing" },
      });
      await network.start(2);
      await until("it goes on", () => lines.some((line) => line.includes("the network goes on")));
    } finally {
      await watched.stop();
    }
  });
});
