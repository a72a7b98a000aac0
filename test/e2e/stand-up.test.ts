import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";

let consortium: Consortium;
let kato: Company;

beforeAll(async () => {
  consortium = await foundConsortium();
  kato = consortium.company("kato");
});

afterAll(() => consortium?.close());

interface Stood {
  readonly step: string;
  readonly admission: number;
  readonly votesFrom: number | null;
}

const standing = async (): Promise<string | undefined> => {
  const { node } = await kato.ask((gateway) => gateway.status());
  return node?.members.find(({ self }) => self)?.standing;
};

test("a company gives its vote back, waits until that is in force, and comes back with a new key at the next admission", {
  timeout: 240_000,
}, async () => {
  const passphrase = ["--passphrase-file", kato.place.passphraseFile];
  expect(await kato.json<Stood>("stand-up")).toMatchObject({ step: "has-vote", admission: 1 });
  const parted = await kato.must(["stand-down", "--yes"]);
  expect(parted).toContain("It is in force: you follow without a vote");
  expect(await standing()).toBe("following");
  const again = await kato.must(["stand-down", "--yes"]);
  expect(again).toContain("Your company has no vote already.");

  expect(await kato.json<Stood>("stand-up", "--dry-run")).toMatchObject({ step: "new-key" });
  const back = await kato.json<Stood>("stand-up", ...passphrase);
  expect(back).toMatchObject({ step: "has-vote", admission: 2 });
  expect(back.votesFrom).toBeGreaterThan(1);
  expect(await standing()).toBe("voting");

  // Blocks are decided although another company is silent: this one votes.
  const before = (await kato.ask((gateway) => gateway.status())).node?.height ?? 0;
  const goOn = consortium.company("toda").freeze("node");
  try {
    await kato.must(["members", "addresses", "--none"]);
    await kato.untilReady(before + 1, 120_000);
  } finally {
    goOn();
  }
});
