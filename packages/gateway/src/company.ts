import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cardFromText, fromText, limits, type MemberCard } from "@tegata/ledger/chain";
import {
  createSigner,
  equalBytes,
  type MemberId,
  type NetworkId,
  networkId,
  type Signer,
  taggedHash,
  toHex,
} from "@tegata/ledger/primitives";
import type { GatewaySecret } from "@tegata/ledger/storage";
import { createXwingKeyPair, type XwingKeyPair } from "@tegata/ledger/vault";
import { GatewayError } from "./errors.ts";
import { OwnKeys } from "./own-keys.ts";

/** The company this gateway works for, with the keys it works with. */
export interface Company {
  readonly member: MemberId;
  readonly name: string;
  readonly handle: string;
  readonly network: NetworkId;
  readonly networkName: string;
  readonly recoveryKey: Uint8Array;
  /** Signs transactions now; another one after the key was changed. */
  readonly signer: Signer;
  readonly encryption: XwingKeyPair;
}

function read<T>(path: string, reader: (text: string) => T): T {
  try {
    return reader(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("GATEWAY_CONFIG_INVALID", { path, reason }, cause);
  }
}

function mismatch(what: string, expected: string, actual: string): GatewayError {
  return new GatewayError("GATEWAY_HOME_MISMATCH", { what, expected, actual });
}

/** Roles whose key in this home came after the card. Source: docs/PROTOCOL.md section 9. */
function rotatedRoles(home: string): ReadonlySet<string> {
  const path = join(home, "keys", "rotated");
  return existsSync(path) ? read(path, (text) => new Set(text.split("\n"))) : new Set();
}

function checkKeys(home: string, card: MemberCard, signer: Signer, encryption: XwingKeyPair): void {
  const rotated = rotatedRoles(home);
  if (card.transactionKey !== signer.publicKey && !rotated.has("transaction")) {
    throw mismatch("transaction key", card.transactionKey, signer.publicKey);
  }
  const { bytes } = encryption.publicKey;
  if (equalBytes(card.encryptionKey, bytes) || rotated.has("encryption")) return;
  const [expected, actual] = [card.encryptionKey, bytes].map((key) => toHex(key.subarray(0, 16)));
  throw mismatch("encryption key", `${expected}`, `${actual}`);
}

/**
 * Reads genesis and card of a home folder and checks that the keys belong to the card, or came after it. A
 * company that joined later is not in the genesis; its card says who it is.
 * @throws GATEWAY_CONFIG_INVALID, GATEWAY_HOME_MISMATCH
 */
export function readCompany(
  home: string,
  secret: GatewaySecret,
  keys: OwnKeys = new OwnKeys(secret, null),
): Company {
  const genesis = read(join(home, "genesis"), (text) =>
    fromText("tgg1", text, limits.genesisBytesMax),
  );
  const card = read(join(home, "card"), cardFromText);
  const signer = createSigner(secret.transactionSeed);
  const encryption = createXwingKeyPair(secret.encryptionSeed);
  checkKeys(home, card, signer, encryption);
  return {
    member: card.memberId,
    name: card.name,
    handle: card.handle,
    network: networkId(taggedHash("genesis", genesis)),
    networkName: card.networkName,
    recoveryKey: card.recoveryKey,
    get signer() {
      return keys.signer;
    },
    encryption,
  };
}
