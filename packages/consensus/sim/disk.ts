// A disk that loses what was not synced: the log of a height, the guards, the chain and its bodies.
import type { BlockId, PublicKey } from "@tegata/ledger/primitives";
import {
  type CommitCertificate,
  decodeGuard,
  decodeWal,
  encodeGuardSlot,
  encodeWalRecord,
  type GuardState,
  guardSlotBytes,
  newGuard,
  type WalRecord,
} from "../src/index.ts";
import { network } from "./identity.ts";
import type { Prng } from "./prng.ts";
import type { Wipe } from "./swarm.ts";

/** What survives a crash of a member. */
export class Disk {
  /** Decisions by height, from 1. */
  chain: CommitCertificate[] = [];
  readonly bodies = new Set<BlockId>();
  records: WalRecord[] = [];
  /** Called before each write; false: there is no room, and nothing was written. */
  hasRoom: () => boolean = () => true;
  #synced = 0;
  /** One per consensus key, made together with it. */
  readonly #guards = new Map<PublicKey, GuardState>();
  readonly #before = new Map<PublicKey, GuardState>();
  readonly #lostKeys = new Set<PublicKey>();
  /** Whether log and guard pass through their bytes when they are read. */
  readonly #isEncoded: boolean;

  constructor(isEncoded: boolean) {
    this.#isEncoded = isEncoded;
  }

  append(record: WalRecord): void {
    if (!this.hasRoom()) return;
    if (record.type === "startHeight") {
      this.records = [];
      this.#synced = 0;
    }
    this.records.push(record);
  }

  sync(): void {
    this.#synced = this.records.length;
  }

  /** The guard of a key, or null where it was lost. */
  guardOf(key: PublicKey): GuardState | null {
    if (this.#lostKeys.has(key)) return null;
    const known = this.#guards.get(key);
    if (known !== undefined) return known;
    const made = newGuard(network);
    this.#guards.set(key, made);
    return made;
  }

  isGuardLost(key: PublicKey): boolean {
    return this.#lostKeys.has(key);
  }

  /** True once it is written. */
  writeGuard(key: PublicKey, guard: GuardState): boolean {
    if (!this.hasRoom()) return false;
    const before = this.#guards.get(key);
    if (before !== undefined && this.#isEncoded) this.#before.set(key, before);
    this.#guards.set(key, guard);
    return true;
  }

  renewGuard(key: PublicKey): void {
    this.#lostKeys.delete(key);
    this.#guards.set(key, newGuard(network));
  }

  /** The files of the guards are gone, or the folder of the data; keys without a guard yet get one anew. */
  lose(what: Wipe["lost"]): void {
    if (what !== "data") {
      for (const key of this.#guards.keys()) this.#lostKeys.add(key);
      this.#guards.clear();
      this.#before.clear();
    }
    if (what === "guard") return;
    this.chain = [];
    this.bodies.clear();
    this.records = [];
    this.#synced = 0;
  }

  /** Power is lost: of what was not synced, some first part was written all the same. */
  crash(random: Prng): void {
    const unsynced = this.records.length - this.#synced;
    this.records.length = this.#synced + random.below(unsynced + 1);
    if (!this.#isEncoded) return;
    this.records = [...this.#reread(random)];
    for (const [key, guard] of this.#guards) this.#guards.set(key, this.#rereadGuard(key, guard));
  }

  /** The two slots of a guard's file: the last, and the one before, of which the rest may be torn. */
  #rereadGuard(key: PublicKey, guard: GuardState): GuardState {
    const before = this.#before.get(key);
    const older = before === undefined ? new Uint8Array(guardSlotBytes) : encodeGuardSlot(before);
    const slots = [older, older];
    slots[guard.written % 2] = encodeGuardSlot(guard);
    return decodeGuard(Buffer.concat(slots));
  }

  /** Power is lost while the guard is written: the new slot is torn, the one before it intact. */
  tearGuard(key: PublicKey, guard: GuardState, random: Prng): void {
    if (!this.#isEncoded) return;
    const before = this.#guards.get(key) ?? newGuard(network);
    const torn = encodeGuardSlot(guard);
    torn.fill(0xa5, random.below(40));
    const slots = [encodeGuardSlot(before), encodeGuardSlot(before)];
    slots[guard.written % 2] = torn;
    this.#guards.set(key, decodeGuard(Buffer.concat(slots)));
  }

  /** The bytes of the log with a torn frame behind the last. */
  #reread(random: Prng): readonly WalRecord[] {
    const start = this.records[0];
    const height = start?.type === "startHeight" ? start.height : 0;
    const frames = this.records.map((record, index) => encodeWalRecord(record, height, index));
    const torn = encodeWalRecord({ type: "proposable", height }, height, frames.length);
    const tail = torn.subarray(0, random.below(torn.length));
    return decodeWal(Buffer.concat([...frames, tail, new Uint8Array(64)])).records;
  }
}
