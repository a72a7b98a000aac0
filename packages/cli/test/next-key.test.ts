import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { networkId } from "@tegata/ledger/primitives";
import {
  type LaterSeed,
  laterSeedsMax,
  openKeystore,
  scryptCostThrowAway,
  sealKeystore,
} from "@tegata/ledger/storage";
import { expect, test } from "vitest";
import { beginRotation, begunRotation, endRotation } from "../src/founding/begun-rotation.ts";
import { hashOf, keepNextKey, type NextKeyOrder } from "../src/founding/next-key.ts";
import { temporaryFolder } from "./command-helpers.ts";

const passphrase = "correct horse battery staple";
const network = networkId(new Uint8Array(32).fill(1));
const seed = (): Uint8Array => Uint8Array.from(randomBytes(32));

/** A home folder whose node's keystore has these later keys. */
async function homeWith(laterSeeds: readonly LaterSeed[]): Promise<string> {
  const home = temporaryFolder();
  mkdirSync(join(home, "keys"));
  const seeds = { role: "node", networkSeed: seed(), consensusSeed: seed() } as const;
  const sealing = { passphrase, salt: Uint8Array.from(randomBytes(16)), N: scryptCostThrowAway };
  const text = await sealKeystore({
    ...sealing,
    nonce: Uint8Array.from(randomBytes(12)),
    secret: laterSeeds.length === 0 ? seeds : { ...seeds, laterSeeds },
  });
  writeFileSync(join(home, "keys", "node.keystore"), text, { mode: 0o600 });
  return home;
}

async function laterIn(home: string): Promise<readonly LaterSeed[]> {
  const text = readFileSync(join(home, "keys", "node.keystore"), "utf8");
  return (await openKeystore(text, "node", passphrase)).laterSeeds ?? [];
}

function orderIn(home: string, more: Partial<NextKeyOrder> = {}): NextKeyOrder {
  const what = { home, passphrase, role: "network", network } as const;
  return { ...what, known: new Set(), isCompromised: false, begun: null, ...more };
}

test("an ordinary attempt takes the key that waits, one after a compromise only its own", async () => {
  const home = await homeWith([{ role: "network", seed: seed() }]);
  const [waiting] = await laterIn(home);
  expect((await keepNextKey(orderIn(home))).seed).toEqual(waiting?.seed);
  const fresh = await keepNextKey(orderIn(home, { isCompromised: true }));
  expect(fresh.seed).not.toEqual(waiting?.seed);
  expect(await laterIn(home)).toHaveLength(2);
  // It was interrupted: the same command goes on with the key that it made.
  const begun = hashOf(fresh);
  const again = await keepNextKey(orderIn(home, { isCompromised: true, begun }));
  expect(again.seed).toEqual(fresh.seed);
  const later = await keepNextKey(orderIn(home, { isCompromised: true, begun: "0".repeat(64) }));
  expect(later.seed).not.toEqual(fresh.seed);
});

test("a full keystore gives up a key that the ledger never took, and none that serves", async () => {
  const seeds = Array.from({ length: laterSeedsMax }, (): LaterSeed => {
    return { role: "network", seed: seed() };
  });
  const home = await homeWith(seeds);
  const serving = new Set<string>();
  for (const one of seeds.slice(0, 3)) {
    const probe = await homeWith([one]);
    serving.add(hashOf(await keepNextKey(orderIn(probe))));
  }
  const next = await keepNextKey(orderIn(home, { known: serving, isCompromised: true }));
  const kept = (await laterIn(home)).map((one) => Buffer.from(one.seed).toString("hex"));
  const hex = (one: LaterSeed | undefined) => Buffer.from(one?.seed ?? []).toString("hex");
  expect(kept).toEqual([
    ...seeds.slice(0, 3).map(hex),
    ...seeds.slice(4).map(hex),
    Buffer.from(next.seed).toString("hex"),
  ]);
});

test("a guard that an interrupted attempt left keeps nobody from the next key", async () => {
  const home = await homeWith([]);
  const first = await keepNextKey(orderIn(home, { role: "consensus" }));
  const [guard = ""] = readdirSync(join(home, "guard"));
  expect((await keepNextKey(orderIn(home, { role: "consensus" }))).seed).toEqual(first.seed);
  expect(readdirSync(join(home, "guard"))).toEqual([guard]);
});

test("an interrupted rotation is the same one within the hour, and of its own kind", async () => {
  const home = temporaryFolder();
  const atMs = 1_000_000_000_000;
  const begun = { key: "ab".repeat(32), isCompromised: true, atMs };
  expect(await begunRotation(home, "network", { isCompromised: true, nowMs: atMs })).toBe(null);
  await beginRotation(home, "network", begun);
  const ask = (nowMs: number, isCompromised = true) =>
    begunRotation(home, "network", { isCompromised, nowMs });
  expect(await ask(atMs + 3_599_999)).toEqual(begun);
  expect(await ask(atMs + 3_600_000)).toBe(null);
  expect(await ask(atMs, false)).toBe(null);
  expect(await begunRotation(home, "consensus", { isCompromised: true, nowMs: atMs })).toBe(null);
  writeFileSync(join(home, "rotating-network"), "{");
  expect(await ask(atMs)).toBe(null);
  await endRotation(home, "network");
  await endRotation(home, "network");
  expect(readdirSync(home)).toEqual([]);
});
