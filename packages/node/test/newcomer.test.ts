import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cardToText } from "@tegata/ledger/chain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodePaths } from "../src/config.ts";
import { readFounding } from "../src/home.ts";
import { createLog } from "../src/log.ts";
import { firstPeersText, parseFirstPeers, peersOf } from "../src/network/first-peers.ts";
import { startNode } from "../src/start.ts";
import { foundIn, makeMember, type TestMember, writeHome } from "./helpers/consortium.ts";

let folder = "";
let founders: TestMember[] = [];
let newcomer: TestMember;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-newcomer-"));
  founders = [await makeMember(0, folder), await makeMember(1, folder)];
  newcomer = await makeMember(2, folder);
  await writeHome(newcomer, foundIn(founders, {}));
  await writeFile(nodePaths(newcomer.config.home).card, `${cardToText(newcomer.card)}\n`);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a company that is not in the genesis", () => {
  test("is who its card says, and follows the chain without being a member of it yet", async () => {
    const { config, secrets, memberId } = newcomer;
    const node = await startNode(config, secrets, { log: createLog("error", null) });
    try {
      const status = node.status();
      expect(status.member).toBe(memberId);
      expect(status.height).toBe(0);
      expect(status.members.map(({ member }) => member)).not.toContain(memberId);
      expect(status.members).toHaveLength(2);
    } finally {
      await node.stop();
    }
  });

  test("is refused with keys of another card, unless its keys came after the card", async () => {
    const { config } = newcomer;
    const secrets = { ...newcomer.secrets, consensusSeed: new Uint8Array(32).fill(7) };
    expect(() => readFounding(config, secrets)).toThrow("the consensus key of this home folder");
    await writeFile(nodePaths(config.home).rotated, "network\n");
    expect(() => readFounding(config, secrets)).toThrow("the consensus key of this home folder");
    await writeFile(nodePaths(config.home).rotated, "network\nconsensus\n");
    expect(readFounding(config, secrets).card.memberId).toBe(newcomer.memberId);
  });

  test("is refused with a card that is of another network or company than its settings", async () => {
    const { config, secrets } = newcomer;
    const [other] = founders;
    await writeFile(nodePaths(config.home).card, cardToText((other as TestMember).card));
    expect(() => readFounding(config, secrets)).toThrow("the company of this home folder");
    await writeFile(nodePaths(config.home).card, "tgc1nonsense");
    expect(() => readFounding(config, secrets)).toThrow();
  });
});

describe("the first peers of a newcomer", () => {
  const peer = (member: TestMember) => ({
    memberId: member.memberId,
    networkKey: member.card.networkKey,
    addresses: member.card.addresses,
  });

  test("are read as they were written, and lines that are none are left out", () => {
    const peers = founders.map(peer);
    expect(parseFirstPeers(firstPeersText(peers))).toEqual(peers);
    const [first = ""] = firstPeersText(peers).split("\n");
    const lines = ["", "x", first.replace("/tcp/", "/udp/"), first.slice(2), "z".repeat(2_000)];
    expect(parseFirstPeers([...lines, first, first].join("\n"))).toEqual(peers.slice(0, 1));
  });

  test("count until the ledger knows the newcomer, and not a moment longer", () => {
    const [known, other] = founders.map(peer) as [ReturnType<typeof peer>, ReturnType<typeof peer>];
    const moved = { ...known, networkKey: newcomer.card.networkKey };
    const { memberId, card } = newcomer;
    const self = { memberId, networkKey: card.networkKey };
    expect(peersOf([known, other], [moved], self)).toEqual([moved, other]);
    const admitted = [known, other, peer(newcomer)];
    expect(peersOf(admitted, [moved], self)).toBe(admitted);
    // Who has new keys is known by the old ones until the state names the new ones.
    const renewed = { memberId, networkKey: founders[1]?.card.consensusKey ?? card.networkKey };
    expect(peersOf(admitted, [moved], renewed)[0]).toBe(moved);
  });
});
