import { join } from "node:path";
import type { Role } from "@tegata/ledger/chain";
import {
  createSigner,
  idBytes,
  type NetworkId,
  type Signer,
  sha256,
  toHex,
} from "@tegata/ledger/primitives";
import {
  type KeystoreSecret,
  type LaterSeed,
  laterSeedsMax,
  openKeystore,
  readSecretFile,
  sealKeystore,
  takeLock,
} from "@tegata/ledger/storage";
import { createXwingKeyPair, drawBytes, generateSecret } from "@tegata/ledger/vault";
import { createGuard } from "@tegata/node/guard";
import { homePaths, writeWhole } from "./home.ts";

/** A key that is on the disk and that the ledger does not know yet. */
export interface NextKey {
  readonly seed: Uint8Array;
  /** Bytes of the public key. */
  readonly key: Uint8Array;
  /** Null for an encryption key, which does not sign. */
  readonly signer: Signer | null;
}

/** Which key is wanted, and what is known of those before it. */
export interface NextKeyOrder {
  readonly home: string;
  readonly passphrase: string;
  readonly role: Role;
  readonly network: NetworkId;
  /** SHA-256 of each key that the ledger has of this company. */
  readonly known: ReadonlySet<string>;
  /**
   * Whether whoever had the keystore may know what is in it: then a key that waits there is not taken, but for
   * one of this very attempt.
   */
  readonly isCompromised: boolean;
  /** SHA-256 of the key that this attempt made before it was interrupted, or null. */
  readonly begun: string | null;
}

/**
 * The next key of a role: the one that an interrupted attempt left, else a fresh one. When it resolves the key
 * is in the keystore beside all that serve, and a consensus key has its guard; nothing of it has left.
 * @throws LEDGER_KEYSTORE_*, LEDGER_SECRET_FILE_*, LEDGER_STORE_LOCKED while another attempt is at it
 */
export async function keepNextKey(order: NextKeyOrder): Promise<NextKey> {
  const { home, passphrase, role, network, known, isCompromised, begun } = order;
  const paths = homePaths(home);
  const isOfNode = role === "network" || role === "consensus";
  const path = isOfNode ? paths.nodeKeystore : paths.gatewayKeystore;
  const lock = takeLock(join(paths.keys, "changing"));
  try {
    const text = await readSecretFile(path);
    const secret: KeystoreSecret = await openKeystore(
      text,
      isOfNode ? "node" : "gateway",
      passphrase,
    );
    const later = secret.laterSeeds ?? [];
    const left = later.findLast((one) => one.role === role);
    const waiting = left === undefined ? null : nextKey(role, left.seed);
    const isFree = waiting !== null && !known.has(hashOf(waiting));
    const isOurs = !isCompromised || (waiting !== null && hashOf(waiting) === begun);
    const next = isFree && isOurs ? waiting : nextKey(role, generateSecret());
    if (role === "consensus" && next.signer !== null) {
      await guardOnce(paths.guard, next.signer, network);
    }
    if (next === waiting) return next;
    const laterSeeds = [...room(later, known), { role, seed: next.seed }];
    const { N } = (JSON.parse(text) as { readonly kdf: { readonly N: number } }).kdf;
    const sealing = { passphrase, salt: drawBytes(16), nonce: drawBytes(12), N };
    await writeWhole(path, await sealKeystore({ ...sealing, secret: { ...secret, laterSeeds } }));
    return next;
  } finally {
    lock.release();
  }
}

/** SHA-256 of a key, by which the ledger's keys are told apart. */
export function hashOf({ key }: Pick<NextKey, "key">): string {
  return toHex(sha256(key));
}

function nextKey(role: Role, seed: Uint8Array): NextKey {
  if (role === "encryption") {
    return { seed, key: createXwingKeyPair(seed).publicKey.bytes, signer: null };
  }
  const signer = createSigner(seed);
  return { seed, key: idBytes(signer.publicKey), signer };
}

/** The guard of a key that has signed nothing; left by an interrupted attempt it has signed nothing either. */
async function guardOnce(folder: string, signer: Signer, network: NetworkId): Promise<void> {
  try {
    await createGuard({ folder, consensusKey: signer.publicKey }, network);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "NODE_GUARD_EXISTS") throw error;
  }
}

/**
 * Where the list is full, later keys without the oldest of the role that has most: one that the ledger never
 * took, before one that serves or opens what was sealed to it.
 */
function room(later: readonly LaterSeed[], known: ReadonlySet<string>): readonly LaterSeed[] {
  if (later.length < laterSeedsMax) return later;
  const groups = [...Map.groupBy(later, ({ role }) => role).values()];
  const [most = []] = groups.sort((a, b) => b.length - a.length);
  const untaken = most.find(({ role, seed }) => !known.has(hashOf(nextKey(role, seed))));
  return later.filter((one) => one !== (untaken ?? most[0]));
}
