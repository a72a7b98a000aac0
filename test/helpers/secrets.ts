import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { openKeystore } from "@tegata/ledger/storage";
import type { Canary, Haystack } from "./canary-search.ts";
import type { Company } from "./company.ts";

/** Keys, token, passphrase and recovery words of a company, as nobody else may find them. */
export async function secretsOf(company: Company, passphrase: string): Promise<readonly Canary[]> {
  const text = (...path: readonly string[]): string =>
    readFileSync(join(company.home, ...path), "utf8");
  const stores = await Promise.all([
    openKeystore(text("keys", "node.keystore"), "node", passphrase),
    openKeystore(text("keys", "gateway.keystore"), "gateway", passphrase),
  ]);
  const keys = stores.flatMap((secret) =>
    Object.entries(secret).flatMap(([name, value]) =>
      value instanceof Uint8Array
        ? [{ name: `${name} of ${company.handle}`, bytes: Buffer.from(value) }]
        : [],
    ),
  );
  const words = readFileSync(company.path("words"), "utf8").match(/[a-z]{3,8}/g) ?? [];
  const threeInARow = words
    .slice(2)
    .map((word, index) => `${words[index]} ${words[index + 1]} ${word}`);
  return [...keys, text(...tokenPath).trim(), passphrase, ...threeInARow];
}

/** Where the token of the company's own programs lies, in plain by design. */
export const tokenPath: readonly string[] = ["gateway", "token"];

/** Arguments and environment of the processes of a company, as everybody of its machine may list them. */
export function* processTexts(company: Company): Generator<Haystack> {
  for (const program of ["node", "gateway"] as const) {
    const pid = company.pidOf(program);
    if (pid === null) throw new Error(`${company.handle}: no ${program} runs`);
    for (const name of ["cmdline", "environ"]) {
      const place = `${name} of the ${program} of ${company.handle}`;
      yield { place, bytes: readFileSync(`/proc/${pid}/${name}`) };
    }
  }
}

/** Paths below a folder, itself included, that others of the machine may read or enter. */
export function* openToOthers(path: string): Generator<string> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if ((stat.mode & 0o077) !== 0) yield `${path} ${(stat.mode & 0o777).toString(8)}`;
  if (!stat.isDirectory()) return;
  for (const name of readdirSync(path).sort()) yield* openToOthers(join(path, name));
}
