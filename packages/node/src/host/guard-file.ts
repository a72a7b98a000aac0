import { link, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  ConsensusError,
  decodeGuard,
  encodeGuardSlot,
  type GuardState,
  guardSlotBytes,
  newGuard,
} from "@tegata/consensus";
import { assert, type NetworkId, type PublicKey } from "@tegata/ledger/primitives";
import { makeFolder } from "@tegata/ledger/storage";
import { NodeError } from "../errors.ts";
import { SyncedFile, syncFolderOf } from "./synced-file.ts";

export { type GuardOwner, otherOwner } from "./guard-owner.ts";

const slots = 2;

/** Whose guard it is. The file bears the key's name, so that a new key never meets an old guard. */
export interface GuardPlace {
  /** Outside the data, so that restoring or deleting data does not touch it. */
  readonly folder: string;
  readonly consensusKey: PublicKey;
}

/** File of a key's guard. */
export function guardPath({ folder, consensusKey }: GuardPlace): string {
  return join(folder, `${consensusKey}.guard`);
}

/**
 * Makes the guard of a new consensus key, whole or not at all. Only what makes the key calls it: a guard
 * made later would have forgotten what the key has signed, unless `state` holds what all others know of it.
 * @throws NODE_GUARD_EXISTS, NODE_SYNC_FAILED
 */
export async function createGuard(
  place: GuardPlace,
  network: NetworkId,
  state: GuardState = newGuard(network),
): Promise<void> {
  const path = guardPath(place);
  const draft = `${path}.new-${process.pid}`;
  const bytes = new Uint8Array(slots * guardSlotBytes);
  bytes.set(encodeGuardSlot(state), (state.written % slots) * guardSlotBytes);
  makeFolder(place.folder);
  await rm(draft, { force: true });
  await (await SyncedFile.create(draft, bytes)).close();
  try {
    // Unlike a renaming this never replaces a guard.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new NodeError("NODE_GUARD_EXISTS", `${path} exists already`, { path });
    }
    const detail = { path, operation: "create" } as const;
    throw new NodeError("NODE_SYNC_FAILED", `the disk refused to create ${path}`, detail, error);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolderOf(path);
}

/**
 * The guard of the consensus key on the disk: what was signed last, in two slots written alternately, so
 * that a crash in the middle of a write leaves the state before it.
 */
export class GuardFile {
  readonly #file: SyncedFile;
  #state: GuardState;

  private constructor(file: SyncedFile, state: GuardState) {
    this.#file = file;
    this.#state = state;
  }

  /**
   * Opens the guard of a key; null when there is none: then follow in silence until a later height is
   * decided. Never makes one. What was read is written once more: a process that was killed, or to which the
   * disk said no, may have left what only the cache knows, and signatures in it are sent again at once.
   * @throws CONSENSUS_GUARD_CORRUPT, NODE_SYNC_FAILED
   */
  static async open(place: GuardPlace): Promise<GuardFile | null> {
    const file = await SyncedFile.open(guardPath(place));
    if (file === null) return null;
    try {
      const guard = new GuardFile(file, decodeGuard(await file.read()));
      await guard.#write(guard.#state);
      return guard;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** What is on the disk. */
  state(): GuardState {
    return this.#state;
  }

  /**
   * Resolves when the state is on the disk; only then may its signature leave.
   * @throws NODE_SYNC_FAILED from then on at every call: stop signing and exit
   */
  async save(state: GuardState): Promise<void> {
    const before = this.#state;
    assert(state.network === before.network, "a guard stays with its network");
    assert(
      state.written === before.written + 1,
      "each state is written once, after the one before",
    );
    this.#state = state;
    await this.#write(state);
  }

  #write(state: GuardState): Promise<void> {
    return this.#file.write((state.written % slots) * guardSlotBytes, encodeGuardSlot(state));
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * What the guard of a key says, read beside whoever works with it; null when there is none.
 * @throws CONSENSUS_GUARD_CORRUPT, and what the system says of the file
 */
export async function readGuard(place: GuardPlace): Promise<GuardState | null> {
  try {
    return decodeGuard(await readFile(guardPath(place)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Whether opening failed because both slots are damaged; treat it as a missing guard. */
export function isGuardDamage(error: unknown): boolean {
  return error instanceof ConsensusError && error.code === "CONSENSUS_GUARD_CORRUPT";
}
