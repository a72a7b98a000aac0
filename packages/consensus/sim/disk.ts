// A disk that loses what was not synced: the log of a height, the guard, the chain and its bodies.
import type { BlockId, NetworkId } from "@tegata/ledger/primitives";
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
import type { Prng } from "./prng.ts";

/** What survives a crash of a member. */
export class Disk {
  guard: GuardState;
  /** Decisions by height, from 1. */
  readonly chain: CommitCertificate[] = [];
  readonly bodies = new Set<BlockId>();
  records: WalRecord[] = [];
  #synced = 0;
  /** Whether log and guard pass through their bytes when they are read. */
  readonly #isEncoded: boolean;

  constructor(network: NetworkId, isEncoded: boolean) {
    this.guard = newGuard(network);
    this.#isEncoded = isEncoded;
  }

  append(record: WalRecord): void {
    if (record.type === "startHeight") {
      this.records = [];
      this.#synced = 0;
    }
    this.records.push(record);
  }

  sync(): void {
    this.#synced = this.records.length;
  }

  /** Power is lost: of what was not synced, some first part was written all the same. */
  crash(random: Prng): void {
    const unsynced = this.records.length - this.#synced;
    this.records.length = this.#synced + random.below(unsynced + 1);
    if (!this.#isEncoded) return;
    this.records = [...this.#reread(random)];
    const other = new Uint8Array(guardSlotBytes).fill(random.below(256));
    const slot = encodeGuardSlot(this.guard);
    const isFirst = this.guard.written % 2 === 0;
    this.guard = decodeGuard(Buffer.concat(isFirst ? [slot, other] : [other, slot]));
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
