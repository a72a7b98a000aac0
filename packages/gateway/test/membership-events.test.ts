import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters, type Genesis } from "@tegata/ledger/chain";
import { openMemoryStore } from "@tegata/ledger/storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Desk } from "../src/api/desk.ts";
import type { PlacedEvent } from "../src/api/event-stream.ts";
import { type Company, makeCompany } from "./helpers/companies.ts";
import { deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";

const wish = { waitMs: 20_000, dryRun: false };
const start = Buffer.from("0.0.999999").toString("base64url");

let folder: string;
let companies: readonly [Company, Company];
let genesis: Genesis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-membership-events-"));
  companies = [await makeCompany(0, folder), await makeCompany(1, folder)];
  const cards = companies.map(({ card }) => card);
  genesis = buildGenesis(cards, defaultParameters, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The next events about members after a cursor, as many as are wanted. */
async function told(desk: Desk, count: number, cursor: string): Promise<readonly PlacedEvent[]> {
  const ended = new AbortController();
  const found: PlacedEvent[] = [];
  const { events } = await desk.events({ types: "membership", cursor }, ended.signal);
  for await (const placed of events) {
    found.push(placed);
    if (found.length >= count) break;
  }
  ended.abort();
  return found;
}

const short = ({ event }: PlacedEvent): string =>
  event.type === "membership"
    ? `${event.change} ${event.company?.handle ?? "-"} by ${event.by?.handle ?? "all"}`
    : event.type;

test("what happens to the members is told once, in order, after a restart too, from any cursor on", async () => {
  const [own, other] = companies;
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  let gateway = await deskOver(own, genesis.networkId, ledger, stores);
  const { handle } = own.card;
  const { handle: removed } = other.card;
  try {
    const { membership } = gateway.desk;
    await membership.addresses(["/ip4/192.0.2.1/tcp/7001"], wish);
    const { request } = await membership.propose({ action: "remove", company: removed }, wish);
    const { request: number = 0, hash = "" } = request ?? {};
    await membership.vote({ request: number, hash, approve: true, reason: "" }, wish);
    const expected = [
      `addresses-changed ${handle} by ${handle}`,
      `requested ${removed} by ${handle}`,
      `voted - by ${handle}`,
      `removed ${removed} by all`,
    ];
    const first = await told(gateway.desk, 4, start);
    expect(first.map(short)).toEqual(expected);
    expect(first[1]?.event).toMatchObject({ detail: { action: "remove" } });
    expect(first[2]?.event).toMatchObject({ detail: { request: number, approve: true } });

    await gateway.stop();
    gateway = await deskOver(own, genesis.networkId, ledger, stores);
    await gateway.desk.membership.addresses([], wish);
    const later = [...expected, `addresses-changed ${handle} by ${handle}`];
    expect((await told(gateway.desk, 5, start)).map(short)).toEqual(later);
    for (const [place, { cursor }] of first.entries()) {
      const rest = await told(gateway.desk, 4 - place, cursor);
      expect(rest.map(short)).toEqual(later.slice(place + 1));
    }
  } finally {
    await gateway.stop();
  }
});

test("a company that left by its own word is not told of as removed as well", async () => {
  const [own] = companies;
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const gateway = await deskOver(own, genesis.networkId, ledger, stores);
  try {
    const { handle } = own.card;
    await gateway.desk.membership.addresses([], wish);
    await gateway.desk.membership.part("stand-down", wish);
    const seat = await gateway.desk.membership.seat();
    expect(seat).toMatchObject({ state: "following", parting: null, admission: 2 });
    const { step } = await gateway.desk.membership.standUp(wish);
    expect(step).toBe("new-key");
    await gateway.desk.membership.part("leave", wish);
    const events = await told(gateway.desk, 3, start);
    expect(events.map(short)).toEqual([
      `addresses-changed ${handle} by ${handle}`,
      `stood-down ${handle} by all`,
      `left ${handle} by ${handle}`,
    ]);
    const ended = AbortSignal.timeout(300);
    const query = { types: "membership", cursor: events[2]?.cursor ?? "" };
    for await (const placed of (await gateway.desk.events(query, ended)).events) {
      throw new Error(`told as well: ${short(placed)}`);
    }
  } finally {
    await gateway.stop();
  }
});
