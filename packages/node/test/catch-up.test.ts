import { encodeMessage } from "@tegata/consensus";
import type { BlockId, MemberId } from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { createNodeClient } from "../src/api/client.ts";
import { nodePaths } from "../src/config.ts";
import { readCertificate } from "../src/host/certificates.ts";
import type { Network } from "../src/network/network.ts";
import {
  decodeRequest,
  encodeCertifiedAnswer,
  encodeCertifiedRunAnswer,
} from "../src/sync/requests.ts";
import { readChain } from "./helpers/chain.ts";
import { ChildNode } from "./helpers/child.ts";
import { Consortium, passphrase } from "./helpers/consortium.ts";
import { copyChain, growChain, openGrown } from "./helpers/grown-chain.ts";
import { startRogue } from "./helpers/rogue.ts";

let consortium: Consortium | null = null;
let rogue: Network | null = null;
let child: ChildNode | null = null;
let grown: ChainStore | null = null;

afterEach(async () => {
  await child?.kill();
  child = null;
  await rogue?.stop();
  rogue = null;
  await grown?.close();
  grown = null;
  await consortium?.end();
  consortium = null;
});

async function grownTo(heightLast: number): Promise<Consortium> {
  const network = await Consortium.found(4);
  consortium = network;
  const writer = network.writer(0);
  await growChain(network, 0, { heightLast, written: () => [writer.void()], snapshots: [] });
  return network;
}

/** Block and certificate of a height as they travel; without its signatures at the height of the lie. */
function givenOf(store: ChainStore, height: number, lieHeight: number) {
  const block = store.block(height);
  const bytes = store.certificate(height);
  const honest = bytes === null ? null : readCertificate(bytes);
  if (block === null || bytes === null || honest === null) throw new Error(`no block ${height}`);
  const signatures = honest.signatures.map(([voter]) => [voter, new Uint8Array(64)] as const);
  const forged = encodeMessage({ kind: "commit", certificate: { ...honest, signatures } });
  return { block: block.bytes, certificate: height === lieHeight ? forged : bytes };
}

describe("a node that catches up", () => {
  test("keeps what is before a block that nobody decided, and leaves alone who gave it", async () => {
    const [heightLast, lieHeight] = [200, 90];
    const network = await grownTo(heightLast);
    await copyChain(network, 0, 1, 2);
    const store = await openGrown(network, 2);
    grown = store;
    const liar = network.member(2);
    let lies = 0;
    const answers = (body: Uint8Array): Uint8Array | { readonly refuse: string } => {
      const request = decodeRequest(body);
      if (request.kind === "certified") {
        const { block, certificate } = givenOf(store, request.height, lieHeight);
        if (request.height === lieHeight) lies += 1;
        return encodeCertifiedAnswer(block, certificate);
      }
      if (request.kind !== "certifiedRun") return { refuse: "no" };
      const { height: first, count } = request;
      const heights = Array.from({ length: count }, (_, index) => first + index);
      if (heights.includes(lieHeight)) lies += 1;
      return encodeCertifiedRunAnswer(heights.map((height) => givenOf(store, height, lieHeight)));
    };
    rogue = await startRogue(network, {
      seed: liar.secrets.networkSeed,
      listen: liar.config.p2pListen,
      head: { height: heightLast, blockId: store.head().blockId as BlockId },
      onRequest: async (_member: MemberId, body: Uint8Array) => answers(body),
    });
    await network.start(3);
    await network.height(lieHeight - 1, 3);
    await until("the lie was told", () => lies > 0);
    expect(network.status(3).height).toBe(lieHeight - 1);
    await network.start(0, 1);
    await network.height(heightLast, 3);
    // A liar is left alone for longer than it takes the others to come.
    expect(lies).toBe(1);
    const [ours, theirs] = await Promise.all(
      [3, 0].map((index) => readChain(network.client(index), heightLast)),
    );
    expect(ours?.map(({ id }) => id)).toEqual(theirs?.map(({ id }) => id));
  });

  test("killed again and again on its way, has a chain without a hole and ends where the others are", async () => {
    const heightLast = 900;
    const network = await grownTo(heightLast);
    await copyChain(network, 0, 1);
    await network.start(0, 1);
    const { home } = network.member(3).config;
    const reached: number[] = [0];
    for (const share of [0.05, 0.4]) {
      child = await ChildNode.start(home, passphrase);
      const client = createNodeClient({ socketPath: nodePaths(home).socket });
      const seen = async (): Promise<number> => (await client.status()).height;
      await until("it is on its way", async () => (await seen()) > share * heightLast, 60_000);
      const height = await seen();
      await child.kill();
      await client.close();
      const store = await openGrown(network, 3);
      // Nothing that was told is lost, and everything up to the head is whole.
      expect(store.head().height).toBeGreaterThanOrEqual(height);
      expect([...store.blocks(1, heightLast)]).toHaveLength(store.head().height);
      for await (const checked of store.checkState()) expect(checked).toBeGreaterThan(0);
      reached.push(store.head().height);
      await store.close();
    }
    expect(reached).toEqual([...reached].sort((one, other) => one - other));
    child = await ChildNode.start(home, passphrase);
    const client = network.client(3);
    const isThere = async (): Promise<boolean> => (await client.status()).height >= heightLast;
    await until("it has everything", isThere, 60_000);
    const [ours, theirs] = await Promise.all(
      [client, network.client(0)].map((one) => readChain(one, heightLast)),
    );
    expect(ours?.map(({ id }) => id)).toEqual(theirs?.map(({ id }) => id));
  }, 150_000);
});
