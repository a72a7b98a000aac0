import { CONTROL_LANE, clockKey, decodeStateValue, laneKey, writerKey } from "@tegata/ledger/chain";
import type { EntryId } from "@tegata/ledger/primitives";
import { generateEntryId } from "@tegata/ledger/vault";
import type { NodeClient } from "@tegata/node/client";
import type { Book } from "./book/book.ts";
import type { Clock } from "./clock.ts";
import type { Company } from "./company.ts";
import { gatewayLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import { isNodeAway } from "./node-away.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { Sealer } from "./outbox/seal.ts";
import type { Signal } from "./signal.ts";

/** What the claim to write is made with. */
export interface WriterParts {
  readonly node: NodeClient;
  readonly company: Company;
  readonly outbox: Outbox;
  readonly book: Book;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Log;
  /** Fires when blocks were read. */
  readonly progress: Signal;
}

/**
 * Claims to be the one gateway that writes for the company: every start takes the next writer number, and
 * what earlier runs or copies sent can no longer commit once the claim did.
 */
export class Writer {
  readonly #parts: WriterParts;
  readonly #entryId: EntryId = generateEntryId();
  #number: number | null = null;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Blocks hold an own claim; one of an earlier run only means that this one has to be made again. */
  committed(claim: { readonly entryId: EntryId; readonly writer: number }): void {
    if (claim.entryId === this.#entryId) this.#number = claim.writer;
  }

  /** Claims until the claim is on the ledger; answers its number, or null when it was stopped. */
  async claim(stopped: AbortSignal): Promise<number | null> {
    const { outbox, progress, log } = this.#parts;
    await outbox.saveClaim(this.#entryId);
    while (this.#number === null && !stopped.aborted) {
      const next = progress.wait(gatewayLimits.resendMs, stopped);
      try {
        await this.#submit(stopped);
      } catch (error) {
        if (!isNodeAway(error)) throw error;
      }
      await next;
    }
    if (this.#number !== null) log.info({ writer: this.#number }, "claimed to write");
    return this.#number;
  }

  async #submit(stopped: AbortSignal): Promise<void> {
    const { node, company, book, sealer, clock, log, progress } = this.#parts;
    const { member } = company;
    const keys = [writerKey(member), laneKey(member, CONTROL_LANE), clockKey];
    const { height, values } = await node.state(keys);
    // An own claim may lie in a block that was not read yet: the next number would be one too many.
    while (book.height < height && !stopped.aborted) {
      await progress.wait(gatewayLimits.resendMs, stopped);
    }
    if (this.#number !== null || stopped.aborted) return;
    const [writer, lane, time] = values.map((value) => (value ? Uint8Array.from(value) : null));
    const timeMs = time ? decodeStateValue("clock", time).timeMs : 0;
    const transaction = sealer.signClaim({
      lane: CONTROL_LANE,
      sequence: (lane ? decodeStateValue("lane", lane).sequence : 0) + 1,
      writer: (writer ? decodeStateValue("writer", writer).writer : 0) + 1,
      entryId: this.#entryId,
      expiresMs: Math.max(timeMs, clock.nowMs()) + gatewayLimits.claimExpiryMs,
    });
    const answer = await node.submit({ transaction, payloads: [] });
    if (!answer.ok) log.info({ code: answer.code }, "claim to write not taken yet");
    this.#parts.outbox.claimRefusal = answer.ok ? null : answer.code;
  }
}
