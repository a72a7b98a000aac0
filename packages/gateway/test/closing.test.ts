import { signRotation } from "@tegata/ledger/chain";
import { createSigner } from "@tegata/ledger/primitives";
import {
  createXwingKeyPair,
  deriveRootKeys,
  generateSecret,
  sealEncryptionSeed,
} from "@tegata/ledger/vault";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import type { StreamEvent } from "../src/api/schemas.ts";
import { Companies } from "./helpers/companies.ts";
import { commitRows, pressLine } from "./helpers/press-line.ts";

const waitMs = 20_000;
const wish = { waitMs, dryRun: false };
const facets = ["status", "process"];

let companies: Companies;
beforeAll(async () => {
  companies = await Companies.start(4);
}, 90_000);
afterAll(() => companies.end());

const liveReaders = async (stream: string): Promise<readonly string[]> =>
  (await companies.client(0).grants(stream))
    .filter(({ state }) => state === "live")
    .map(({ to }) => to.handle)
    .sort();

async function closedEvents(count: number): Promise<readonly StreamEvent[]> {
  const found: StreamEvent[] = [];
  const ended = new AbortController();
  const start = Buffer.from("0.0.999999").toString("base64url");
  const query = { types: "closed", cursor: start };
  for await (const { event } of companies.client(0).events(query, ended.signal)) {
    found.push(event);
    if (found.length >= count) break;
  }
  ended.abort();
  return found;
}

test("streams are closed once to a company that left while the owner was away, and stay open to the rest", {
  timeout: 120_000,
}, async () => {
  const aoki = companies.client(0);
  await aoki.createStream(pressLine("press"), { waitMs });
  await aoki.createStream(pressLine("other"), { waitMs });
  for (const to of ["kato", "mori"]) {
    await aoki.grant("press", { to, facets, until: Date.now() + 86_400_000 }, wish);
  }
  await companies.stopGateway(0);
  await companies.client(1).part("leave", wish);
  await companies.startGateway(0);
  await until("the stream is rolled", async () => {
    return (await liveReaders("press")).join() === "mori";
  });
  expect((await companies.client(0).status()).closings).toMatchObject([
    { company: { handle: "kato" }, reason: "left", streams: 1, open: 0 },
  ]);
  expect(companies.logs.get(0)?.text.match(/closed a stream by itself/g)).toHaveLength(1);
  await companies.stopGateway(0);
  await companies.startGateway(0);
  const row = { timeMs: Date.now(), cells: { state: "later", count: 7 } };
  await commitRows(companies.client(0), "press", [row]);
  await companies.read(2);
  const seen = await companies.client(2).records("aoki/press", {});
  expect(seen.items.map(({ cells }) => cells.state)).toEqual(["later"]);
  expect(companies.logs.get(0)?.text.match(/closed a stream by itself/g)).toHaveLength(1);
});

test("streams are closed to a compromised encryption key and opened again to the new one", {
  timeout: 120_000,
}, async () => {
  const { card, rootSecret } = companies.company(2);
  const seed = generateSecret();
  const root = deriveRootKeys(rootSecret);
  const { memberId: member, recoveryKey } = card;
  const content = {
    ...({ member, role: "encryption", version: 2, isCompromised: true } as const),
    key: createXwingKeyPair(seed).publicKey.bytes,
    seal: await sealEncryptionSeed(recoveryKey, { member, keyVersion: 2 }, seed),
  };
  const signers = { key: null, root: createSigner(root.signingSeed) };
  const { rootSignature } = signRotation(content, companies.genesis.networkId, signers);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const body = {
    ...({ role: "encryption", version: 2, isCompromised: true } as const),
    ...{ key: base64(content.key), seal: base64(content.seal) },
    rootSignature: base64(rootSignature ?? new Uint8Array(0)),
  };
  await companies.client(2).rotate(body, wish);
  const events = await closedEvents(2);
  const reasons = events.map((event) =>
    event.type === "closed"
      ? [...new Set(event.ended.map(({ grant, reason }) => `${grant.to.handle} ${reason}`))]
      : [],
  );
  expect(reasons).toEqual([["kato left"], ["mori key-compromised"]]);
  await until("the new key has its grant", async () => {
    const { closings } = await companies.client(0).status();
    const mori = closings.find(({ company }) => company.handle === "mori");
    return mori?.open === 0 && (await liveReaders("press")).join() === "mori";
  });
  expect(await companies.client(0).grants("other")).toEqual([]);
});
