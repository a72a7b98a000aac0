import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createSecretFile, readSecretFile } from "@tegata/ledger/storage";
import { drawBytes } from "@tegata/ledger/vault";

const prefix = "tgt_";
const hashText = /^[0-9a-f]{64}$/;

function hashOf(token: string): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(token, "utf8").digest());
}

/**
 * Hash of the bearer token of the loopback API. The first start makes the token; its file is for the person
 * who hands it to a program, and may be taken away: the hash stays. A new file means a new token.
 * @throws LEDGER_SECRET_FILE_EXPOSED, LEDGER_SECRET_FILE_UNREADABLE
 */
export async function openToken(tokenPath: string, hashPath: string): Promise<Uint8Array> {
  if (!existsSync(tokenPath) && existsSync(hashPath)) {
    const text = (await readSecretFile(hashPath)).trim();
    if (hashText.test(text)) return Uint8Array.from(Buffer.from(text, "hex"));
  }
  const kept = existsSync(tokenPath) ? (await readSecretFile(tokenPath)).trim() : "";
  if (kept === "") {
    // An empty file, such as a crash may leave, would be a token that everybody knows.
    await rm(tokenPath, { force: true });
    const token = `${prefix}${Buffer.from(drawBytes(32)).toString("base64url")}`;
    await createSecretFile(tokenPath, `${token}\n`);
  }
  const hash = hashOf((await readSecretFile(tokenPath)).trim());
  await rm(hashPath, { force: true });
  await createSecretFile(hashPath, `${Buffer.from(hash).toString("hex")}\n`);
  return hash;
}
