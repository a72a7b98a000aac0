import type { Block } from "@tegata/ledger/chain";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { readChain } from "./helpers/chain.ts";
import { Consortium } from "./helpers/consortium.ts";

let network: Consortium;

afterEach(() => network.end());

const validatorsAt = (index: number): number =>
  network.status(index).members.filter(({ standing }) => standing !== "following").length;

describe("companies that leave", { timeout: 90_000 }, () => {
  test("two of four in one block: the second is heard until the others do not need it any more", async () => {
    network = await Consortium.found(4);
    await network.start(0, 1);
    const [first, second] = [network.writer(0), network.writer(1)];
    await network.client(0).submit(first.control("leave", {}));
    await network.client(1).submit(second.control("leave", {}));
    await until("both know of both", () =>
      [0, 1].every((index) => network.status(index).mempool.transactions === 2),
    );
    await network.start(2);
    await until("a block has them", () => network.status(2).height >= 1);
    // One key changes a height: three vote next, one of them has left, and all three are needed.
    await network.start(3);
    const written = network.writer(2).void();
    await network.client(2).submit(written);
    await network.height(2, 1, 2, 3);
    await until("two are left", () => validatorsAt(2) === 2 && validatorsAt(3) === 2);
    await network.stop(0, 1);
    await network.client(3).submit(network.writer(3).void());
    await network.height(3, 2, 3);
  });

  test("one that was away when its leaving was decided still hears that it is out", async () => {
    network = await Consortium.found(4);
    await network.start(0, 1, 2, 3);
    await network.ready();
    await network.stop(0);
    await network.client(1).submit(network.writer(0).control("leave", {}));
    await network.height(1, 1, 2, 3);
    await until("three vote", () => validatorsAt(1) === 3);
    await network.start(0);
    await network.height(1, 0);
    const [block] = await readChain(network.client(0), 1);
    expect((block as Block).transactions.map(({ kind }) => kind)).toEqual(["leave"]);
  });

  test.each([
    [2, 2],
    [3, 3],
    [4, 3],
  ])(
    "of %i a company is needed until its leaving is decided where %i decide",
    async (count, quorum) => {
      network = await Consortium.found(count);
      await network.start();
      await network.ready();
      expect(network.status(0).quorum).toBe(quorum);
      await network.stop(0);
      // Handed in while its own node is off already.
      await network.client(1).submit(network.writer(0).control("leave", {}));
      if (quorum === count) {
        await until("the others see that too few are there", () => {
          return network.status(1).state === "no-quorum";
        });
        expect(network.status(1).height).toBe(0);
        await network.start(0);
      }
      await network.height(1, 1);
      await network.stop(0);
      const rest = [...Array(count).keys()].slice(1);
      await network.client(1).submit(network.writer(1).void());
      await network.height(2, ...rest);
    },
  );
});
