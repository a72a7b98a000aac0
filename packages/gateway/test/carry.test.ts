import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Bodies,
  bodyShapes,
  buildGenesis,
  defaultParameters,
  type Genesis,
  signRotation,
} from "@tegata/ledger/chain";
import { createSigner, idBytes, type Shape, toBytes } from "@tegata/ledger/primitives";
import { openMemoryStore } from "@tegata/ledger/storage";
import { deriveRootKeys } from "@tegata/ledger/vault";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { type Company, makeCompany } from "./helpers/companies.ts";
import { deskOver } from "./helpers/desk-over.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";

let folder: string;
let company: Company;
let lost: Company;
let genesis: Genesis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-carry-"));
  company = await makeCompany(0, folder);
  lost = await makeCompany(1, folder);
  genesis = buildGenesis([company.card, lost.card], defaultParameters, Date.now());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A new network key of a member, signed by a root or by none. */
function rotation(of: Company, root: Company | null): Uint8Array {
  const key = createSigner(new Uint8Array(randomBytes(32)));
  const content = {
    ...({ member: of.card.memberId, role: "network", version: 2, isCompromised: true } as const),
    ...{ key: idBytes(key.publicKey), seal: new Uint8Array(0) },
  };
  const by = root === null ? null : createSigner(deriveRootKeys(root.rootSecret).signingSeed);
  const shape = bodyShapes["rotate-key"] as Shape<Bodies["rotate-key"]>;
  return toBytes(shape, signRotation(content, genesis.networkId, { key, root: by }));
}

const carried = (ledger: HostileLedger) =>
  ledger.blocksMade
    .flatMap(({ transactions }) => transactions)
    .filter(({ kind }) => kind === "rotate-key");

test("a new key of a member that lost its own is put on the ledger once, however often it is handed in", async () => {
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  // The node loses it before a block holds it; the company at the door hears nothing and asks again.
  let isSent = false;
  ledger.mood = ({ kind }) => {
    isSent ||= kind === "rotate-key";
    return kind === "rotate-key" ? "forgetful" : "honest";
  };
  const body = rotation(lost, lost);
  const request = { kind: "carry", invitationKey: "00".repeat(32), bodies: [body] } as const;
  ledger.joinItems.push({ ...request, number: 1 });
  let gateway = await deskOver(company, genesis.networkId, ledger, stores);
  await until("it was sent", () => isSent);
  await gateway.stop();
  ledger.joinItems.push({ ...request, number: 2 });
  ledger.mood = () => "honest";
  gateway = await deskOver(company, genesis.networkId, ledger, stores);
  try {
    await until("both are answered", () => ledger.joinAnswers.size === 2);
    expect([...ledger.joinAnswers.values()]).toEqual([null, null]);
    expect(carried(ledger)).toHaveLength(1);
  } finally {
    await gateway.stop();
  }
});

test("a rotation without a root's signature is never sent: it would change a key of the company that carries it", async () => {
  const ledger = new HostileLedger(genesis);
  ledger.isPrompt = true;
  const bodies = [rotation(lost, lost), rotation(company, null)];
  ledger.joinItems.push({ kind: "carry", invitationKey: "00".repeat(32), bodies, number: 1 });
  const stores = { outbox: openMemoryStore(), index: openMemoryStore() };
  const gateway = await deskOver(company, genesis.networkId, ledger, stores);
  try {
    await until("it is answered", () => ledger.joinAnswers.size === 1);
    expect(ledger.joinAnswers.get(1)).toBe("malformed");
    expect(carried(ledger)).toEqual([]);
  } finally {
    await gateway.stop();
  }
});
