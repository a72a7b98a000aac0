import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { assert } from "@tegata/ledger/primitives";
import { openKeystore, readSecretFile } from "@tegata/ledger/storage";
import { drawBytes, nonceBytes, openAead, sealAead } from "@tegata/ledger/vault";
import { CliError } from "../errors.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { handOverWords, wordsTaker, wordsText } from "./hand-over.ts";
import { exists, homePaths, writeWhole } from "./home.ts";

const aad = new Uint8Array(0);

/** Source: docs/PROTOCOL.md section 9. */
function wordsKey(localKey: Uint8Array): KeyObject {
  const label = "tegata/1/local/joining/words";
  return createSecretKey(createHmac("sha256", localKey).update(label).digest());
}

/**
 * Checks that the recovery words can be handed over, before there are any: to a person or a new file.
 * @throws CLI_WORDS_UNSEEN, CLI_FILE_NOT_WRITTEN
 */
export async function checkHandOver(context: Context, given: Given): Promise<void> {
  const file = given.text("words-file");
  if (file !== null) {
    const path = context.path(file);
    if (await exists(path)) throw new CliError("CLI_FILE_NOT_WRITTEN", { path, reason: "EEXIST" });
  } else if (!given.flag("dev-keys") && !context.isInteractive) {
    throw new CliError("CLI_WORDS_UNSEEN", null);
  }
}

/**
 * Keeps the root secret at a path, sealed by a key that the passphrase protects, until somebody has its words:
 * words that were shown once must stay those of the keys, whatever interrupts.
 */
export async function keepUnseenWords(
  path: string,
  localKey: Uint8Array,
  rootSecret: Uint8Array,
): Promise<void> {
  const nonce = drawBytes(nonceBytes);
  const sealed = sealAead(wordsKey(localKey), nonce, aad, rootSecret);
  const text = Buffer.concat([nonce, sealed]).toString("base64url");
  await writeWhole(path, `${text}\n`);
}

/**
 * Hands the recovery words that are kept at a path over, if that has not been done, and forgets the root secret.
 * @throws CLI_WORDS_UNSEEN, CLI_WORDS_WRONG, LEDGER_KEYSTORE_*
 */
export async function handOverUnseenWords(
  context: Context,
  given: Given,
  path: string,
  passphrase: string,
): Promise<void> {
  if (!(await exists(path))) return;
  const text = await readSecretFile(homePaths(context.home).gatewayKeystore);
  const { localKey } = await openKeystore(text, "gateway", passphrase);
  const bytes = new Uint8Array(Buffer.from(await readFile(path, "utf8"), "base64url"));
  const nonce = bytes.subarray(0, nonceBytes);
  const rootSecret = openAead(wordsKey(localKey), nonce, aad, bytes.subarray(nonceBytes));
  assert(rootSecret !== null, "the kept words belong to the keys beside them");
  try {
    await dropOwnCopy(context, given, rootSecret);
    await handOverWords(context, wordsTaker(context, given, given.flag("dev-keys")), rootSecret);
  } finally {
    rootSecret.fill(0);
    localKey.fill(0);
  }
  await rm(path);
}

/** Takes away a file of words that an interrupted attempt wrote, whole or in part; never another's. */
async function dropOwnCopy(context: Context, given: Given, rootSecret: Uint8Array): Promise<void> {
  const file = given.text("words-file");
  if (file === null) return;
  const path = context.path(file);
  if (!(await exists(path))) return;
  if (wordsText(rootSecret).startsWith(await readFile(path, "utf8"))) await rm(path);
}
