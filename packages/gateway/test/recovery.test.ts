import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replacementSignBytes } from "@tegata/ledger/chain";
import { createSigner } from "@tegata/ledger/primitives";
import { deriveRootKeys, recoverySeedOf } from "@tegata/ledger/vault";
import { expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { gatewayPaths } from "../src/config.ts";
import { codeOf } from "./helpers/code-of.ts";
import type { Companies } from "./helpers/companies.ts";
import { commitRows, pressLine } from "./helpers/press-line.ts";
import { withCompanies } from "./helpers/set-up.ts";

const waitMs = 20_000;
const dayMs = 86_400_000;
const wish = { waitMs, dryRun: false };

let companies: Companies;
withCompanies(3, (started) => {
  companies = started;
});

const row = (count: number) => ({
  timeMs: Date.now(),
  cells: { state: `state ${count}`, count, part: `part-${count}` },
});
const states = (page: { items: readonly { cells: Readonly<Record<string, unknown>> }[] }) =>
  page.items.map(({ cells }) => cells.state);

test("with the recovery words everything is readable again that a company wrote or was granted", {
  timeout: 90_000,
}, async () => {
  const [aoki, kato] = [companies.client(0), companies.client(1)];
  const untilMs = Date.now() + 30 * dayMs;
  const facets = ["status", "process"];
  await aoki.createStream(pressLine("lost"), { waitMs });
  await commitRows(aoki, "lost", [row(1), row(2)]);
  await aoki.grant("lost", { to: "kato", facets, until: untilMs }, wish);
  // A second generation, whose root is another one.
  await aoki.revoke("lost", { from: "kato", facets: ["process"] }, wish);
  await commitRows(aoki, "lost", [row(3)]);
  await kato.createStream(pressLine("theirs"), { waitMs });
  await commitRows(kato, "theirs", [row(7)]);
  await kato.grant("theirs", { to: "aoki", facets: ["status"], until: untilMs }, wish);
  await companies.read(0);

  await companies.stopGateway(0);
  const company = companies.company(0);
  await rm(gatewayPaths(company.home).data, { recursive: true });
  // The new machine has a new encryption key, as after `keys recover`.
  const encryptionSeed = Uint8Array.from(randomBytes(32));
  const localKey = Uint8Array.from(randomBytes(32));
  Object.assign(company, { secret: { ...company.secret, encryptionSeed, localKey } });
  await writeFile(join(company.home, "keys", "rotated"), "encryption\n");
  await companies.startGateway(0);
  await companies.read(0);
  const back = companies.client(0);
  expect(await codeOf(back.records("lost", {}))).toMatch(/^GATEWAY_/);
  expect(await codeOf(back.records("kato/theirs", {}))).toMatch(/^GATEWAY_/);

  const other = recoverySeedOf(companies.company(1).rootSecret);
  expect(await codeOf(back.recover(other))).toBe("GATEWAY_RECOVERY_KEY");
  expect(await codeOf(back.records("lost", {}))).toMatch(/^GATEWAY_/);
  const seed = recoverySeedOf(company.rootSecret);
  expect(await back.recover(seed)).toEqual({
    ...{ encryptionKeys: 1, streams: 1, generations: 2, grants: 1 },
    ...{ missing: 0, otherWords: 0 },
  });
  expect(states(await back.records("lost", {}))).toEqual(["state 1", "state 2", "state 3"]);
  expect(states(await back.records("kato/theirs", {}))).toEqual(["state 7"]);
  // It can be said again, also after a restart, and changes nothing.
  await companies.stopGateway(0);
  await companies.startGateway(0);
  const again = companies.client(0);
  expect(await again.recover(seed)).toEqual({
    ...{ encryptionKeys: 0, streams: 0, generations: 0, grants: 0 },
    ...{ missing: 0, otherWords: 0 },
  });
  await until("it writes again", async () => {
    const { state } = await commitRows(again, "lost", [row(4)]);
    return state === "committed";
  });
  expect(states(await again.records("lost", {})).at(-1)).toBe("state 4");
  await companies.read(1);
  expect(states(await kato.records("aoki/lost", {})).at(-1)).toBe("state 4");
});

/** Has the members vote a new root for a company and gives its secret. */
async function replaceRoot(index: number): Promise<Uint8Array> {
  const { memberId: member } = companies.company(index).card;
  const rootSecret = Uint8Array.from(randomBytes(32));
  const { signingSeed, recovery } = deriveRootKeys(rootSecret);
  const signer = createSigner(signingSeed);
  const recoveryKey = recovery.publicKey.bytes;
  const said = { member, rootKey: signer.publicKey, recoveryKey };
  const possession = signer.sign(replacementSignBytes(companies.genesis.networkId, said));
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const { request } = await companies.client(index).propose(
    {
      ...{ action: "replace-root", company: member, rootKey: signer.publicKey },
      ...{ recoveryKey: base64(recoveryKey), possession: base64(possession) },
    },
    wish,
  );
  if (request === null) throw new Error("the request is open");
  const { request: number, hash } = request;
  const vote = { request: number, hash, approve: true, reason: "" };
  for (const other of [0, 1, 2]) {
    if (other !== index) await companies.client(other).vote(vote, wish);
  }
  return rootSecret;
}

test("after the root was replaced each of the words opens what was sealed while they counted", {
  timeout: 90_000,
}, async () => {
  const kato = companies.client(1);
  await kato.createStream(pressLine("before"), { waitMs });
  await commitRows(kato, "before", [row(1)]);
  const newSecret = await replaceRoot(1);
  await companies.read(1);
  await kato.createStream(pressLine("after"), { waitMs });
  await commitRows(kato, "after", [row(2)]);
  await companies.read(1);

  await companies.stopGateway(1);
  const company = companies.company(1);
  await rm(gatewayPaths(company.home).data, { recursive: true });
  await companies.startGateway(1);
  await companies.read(1);
  const back = companies.client(1);
  const foreign = recoverySeedOf(companies.company(0).rootSecret);
  expect(await codeOf(back.recover(foreign))).toBe("GATEWAY_RECOVERY_KEY");
  // `theirs` and `before` are of the old words; the encryption key that the keystore has needs none.
  expect(await back.recover(recoverySeedOf(newSecret))).toEqual({
    ...{ encryptionKeys: 0, streams: 1, generations: 1, grants: 0 },
    ...{ missing: 0, otherWords: 2 },
  });
  expect(states(await back.records("after", {}))).toEqual(["state 2"]);
  expect(await codeOf(back.records("before", {}))).toMatch(/^GATEWAY_/);
  expect(await back.recover(recoverySeedOf(company.rootSecret))).toMatchObject({
    ...{ streams: 2, generations: 2, missing: 0, otherWords: 0 },
  });
  expect(states(await back.records("before", {}))).toEqual(["state 1"]);
});
