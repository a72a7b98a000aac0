import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { Consortium } from "./helpers/consortium.ts";

let consortium: Consortium | null = null;

afterEach(async () => {
  await consortium?.end();
  consortium = null;
});

describe("a network of one", () => {
  test("commits what is handed in, and goes on after a restart", async () => {
    consortium = await Consortium.found(1);
    const network = consortium;
    await network.start();
    await network.ready();
    const writer = network.writer(0);
    const client = network.client(0);
    const first = writer.void();
    expect(await client.submit(first)).toEqual({ ok: true, transactionId: first.id });
    await until("the pool is empty", () => network.status(0).mempool.transactions === 0);
    const { height } = network.status(0);
    expect(height).toBeGreaterThanOrEqual(1);

    await network.stop();
    await network.start();
    await network.ready();
    expect(network.status(0).height).toBe(height);
    expect((await network.client(0).submit(writer.void())).ok).toBe(true);
    await network.height(height + 1);
    expect(await network.client(0).submit(first)).toEqual({ ok: true, transactionId: first.id });
  });
});
