import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenesis, defaultParameters } from "@tegata/ledger/chain";
import { createSigner, type MemberId } from "@tegata/ledger/primitives";
import { createXwingKeyPair } from "@tegata/ledger/vault";
import { expect, onTestFinished, test } from "vitest";
import { Members } from "../src/members.ts";
import { makeCompany } from "./helpers/companies.ts";
import { HostileLedger } from "./helpers/hostile-ledger.ts";

/** The members as a gateway has them that was just started. */
async function justStarted() {
  const folder = mkdtempSync(join(tmpdir(), "tegata-members-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [own, other] = [await makeCompany(0, folder), await makeCompany(1, folder)];
  const genesis = buildGenesis([own.card, other.card], defaultParameters, Date.now());
  const { memberId: member, name, handle, networkName, recoveryKey } = own.card;
  const ledger = new HostileLedger(genesis);
  const members = new Members(ledger, {
    ...{ member, name, handle, network: genesis.networkId, networkName, recoveryKey },
    signer: createSigner(own.secret.transactionSeed),
    encryption: createXwingKeyPair(own.secret.encryptionSeed),
  });
  return { members, ledger, own: own.card, other: other.card };
}

test("a company is shown by its name as soon as somebody asks, also right after the start", async () => {
  const { members, own, other } = await justStarted();
  await members.know([own.memberId]);
  expect(members.company(other.memberId).handle).toBe(other.memberId.slice(0, 8));
  await members.know([own.memberId, other.memberId]);
  expect(members.company(other.memberId)).toMatchObject({ handle: other.handle, name: other.name });
});

test("while the node is away a company goes by its id, and nobody waits", async () => {
  const { members, ledger, other } = await justStarted();
  ledger.isDown = true;
  await members.know([other.memberId, "ab".repeat(16) as MemberId]);
  expect(members.company(other.memberId).name).toBe(other.memberId.slice(0, 8));
});
