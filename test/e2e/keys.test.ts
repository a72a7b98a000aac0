import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { type Consortium, foundConsortium } from "../helpers/consortium.ts";
import { untilReadable } from "../helpers/exports.ts";
import { until } from "../helpers/waiting.ts";

let consortium: Consortium;
let kato: Company;
let toda: Company;

beforeAll(async () => {
  consortium = await foundConsortium();
  [kato, toda] = [consortium.company("kato"), consortium.company("toda")];
});

afterAll(() => consortium?.close());

interface Keys {
  readonly keys: readonly {
    readonly role: string;
    readonly version: number;
    readonly endMs: number | null;
    readonly isCompromised: boolean;
  }[];
}

function rotate(role: string, ...more: readonly string[]): Promise<string> {
  const passphrase = ["--passphrase-file", kato.place.passphraseFile];
  return kato.must(["keys", "rotate", role, ...passphrase, ...more]);
}

const currentKeys = async (): Promise<readonly string[]> =>
  (await kato.json<Keys>("keys", "list")).keys
    .filter(({ endMs }) => endMs === null)
    .map(({ role, version }) => `${role} ${version}`);

/** Blocks are decided although one other company is silent: this one votes, with the key the ledger has. */
async function untilItVotes(): Promise<void> {
  const goOn = toda.freeze("node");
  try {
    const before = (await kato.ask((gateway) => gateway.status())).node?.height ?? 0;
    await kato.must([
      "streams",
      "create",
      `proof-${before}`,
      "--facet",
      "all=*",
      "--from",
      "a.csv",
    ]);
    await kato.untilReady(before + 1, 120_000);
  } finally {
    goOn();
  }
}

test("all four keys change while the company works: it votes, writes and reads on with the new ones, also after a crash", {
  timeout: 400_000,
}, async () => {
  await writeFile(kato.path("a.csv"), "time,force\n2026-01-05T00:00:00Z,1\n");
  await rotate("consensus");
  await rotate("network");
  await rotate("transaction", "--words-file", "words");
  await rotate("encryption", "--words-file", "words");
  expect(await currentKeys()).toEqual([
    "network 2",
    "consensus 2",
    "transaction 2",
    "encryption 2",
  ]);
  await until("the node works with both new keys", () => {
    return readFileSync(join(kato.home, "log", "node.log"), "utf8").includes(
      "took up the new keys of this company",
    );
  });
  await kato.untilReady();
  await untilItVotes();
  await kato.killAll();
  await kato.start();
  await kato.untilReady();
  await untilItVotes();
  await writeFile(toda.path("a.csv"), "time,force\n2026-01-05T00:00:00Z,1\n");
  await toda.must(["streams", "create", "theirs", "--facet", "all=*", "--from", "a.csv"]);
  await toda.must(["grant", "theirs", "--to", "kato", "--facet", "all", "--until", "2027-12-31"]);
  const { stream } = await toda.json<{ readonly stream: { readonly id: string } }>(
    ...["streams", "show", "theirs"],
  );
  await untilReadable(kato, stream.id, ["all"]);
  await rotate("consensus", "--compromised");
  const { keys } = await kato.json<Keys>("keys", "list");
  expect(keys.find(({ role, version }) => role === "consensus" && version === 2)).toMatchObject({
    isCompromised: true,
  });
  await untilItVotes();
});
