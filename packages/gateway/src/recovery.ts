import { readFileSync } from "node:fs";
import {
  cardFromText,
  cardIn,
  decodeApplication,
  decodeBlock,
  decodeStateValue,
  keyOwnerKey,
  type Transaction,
} from "@tegata/ledger/chain";
import { equalBytes, type StreamId } from "@tegata/ledger/primitives";
import {
  createXwingKeyPair,
  openEncryptionSeed,
  openMeta,
  openStreamSecrets,
  type XwingKeyPair,
} from "@tegata/ledger/vault";
import type { NodeClient } from "@tegata/node/client";
import type { Book } from "./book/book.ts";
import type { Company } from "./company.ts";
import { GatewayError } from "./errors.ts";
import type { Keyring } from "./keyring.ts";
import { gatewayLimits } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Members } from "./members.ts";
import type { Signal } from "./signal.ts";
import type { Streams } from "./streams.ts";

/** What recovery works with. */
export interface RecoveryParts {
  readonly company: Company;
  readonly node: NodeClient;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly streams: Streams;
  readonly log: Log;
  /** Fires when blocks were read. */
  readonly progress: Signal;
  /** Aborts when the gateway stops. */
  readonly stopped: AbortSignal;
  /** File of the own card; null where it is not needed. */
  readonly cardPath: string | null;
}

/** What came back. */
export interface Recovered {
  /** Earlier encryption keys, with which received grants open. */
  readonly encryptionKeys: number;
  readonly streams: number;
  /** Roots of all their generations. */
  readonly generations: number;
  readonly grants: number;
  /** Streams whose schema is not here yet. */
  readonly missing: number;
  /** Secrets that other words of this company open, from before or after its root was replaced, and not these. */
  readonly otherWords: number;
}

/** An encryption key of this company and its seed as the ledger has it. */
interface SealedSeed {
  readonly version: number;
  readonly key: Uint8Array;
  readonly seal: Uint8Array;
  readonly of: Company["member"];
}

type Counts = { -readonly [Name in keyof Recovered]: Recovered[Name] };

/**
 * Gets back from the ledger what a lost machine held: each encryption key, stream and roll left its secret
 * there, sealed to the recovery key that the company's 24 words give. What is here already stays.
 * Source: docs/PROTOCOL.md sections 4 and 5.3.
 */
export class Recovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /**
   * Reads the whole ledger as far as the node has it; may be repeated. Words that were replaced still open what
   * was sealed while they counted.
   * @throws GATEWAY_RECOVERY_KEY where the seed is not that of this company; what the node's client throws
   */
  async run(recoverySeed: Uint8Array): Promise<Recovered> {
    const { node, book, log } = this.#parts;
    const pair = createXwingKeyPair(recoverySeed);
    await this.#checkKey(pair);
    await this.#untilRead();
    const nothing = { encryptionKeys: 0, streams: 0, generations: 0, grants: 0 };
    const found: Counts = { ...nothing, missing: 0, otherWords: 0 };
    await this.#ownCard(pair, found);
    for (let height = 1; height <= book.height; ) {
      const { blocksMax } = gatewayLimits;
      const { blocks } = await node.blocks(height, { waitMs: 0, blocksMax });
      if (blocks.length === 0) throw new GatewayError("GATEWAY_HISTORY_MISSING", { height });
      for (const { block } of blocks) {
        const { header, transactions } = decodeBlock(Uint8Array.from(block));
        for (const transaction of transactions) {
          await this.#take(pair, transaction, header.timeMs, found);
        }
      }
      height += blocks.length;
    }
    log.info({ ...found }, "recovered keys from the ledger");
    return found;
  }

  async #untilRead(): Promise<void> {
    const { node, book, progress, stopped } = this.#parts;
    const { height } = await node.status();
    while (book.height < height && !stopped.aborted) {
      await progress.wait(gatewayLimits.resendMs, stopped);
    }
  }

  /** Every recovery key that this company ever had counts; the ledger forgets none. */
  async #checkKey(pair: XwingKeyPair): Promise<void> {
    const { members, node, company } = this.#parts;
    await members.refresh();
    const { bytes } = pair.publicKey;
    if (equalBytes(bytes, members.recoveryKey())) return;
    const [value] = (await node.state([keyOwnerKey(bytes)])).values;
    const owner = value ? decodeStateValue("keyOwner", Uint8Array.from(value)) : null;
    if (owner?.member === company.member && owner.use === "recovery") return;
    throw new GatewayError("GATEWAY_RECOVERY_KEY", null);
  }

  /** The first encryption key stands on the card, and on the ledger only where it joined later. */
  async #ownCard(pair: XwingKeyPair, found: Counts): Promise<void> {
    const { cardPath, company } = this.#parts;
    if (cardPath === null) return;
    const { encryptionKey: key, encryptionSeedSeal: seal } = cardFromText(
      readFileSync(cardPath, "utf8"),
    );
    await this.#takeSeed(pair, { version: 1, key, seal, of: company.member }, found);
  }

  async #take(
    pair: XwingKeyPair,
    transaction: Transaction,
    timeMs: number,
    found: Counts,
  ): Promise<void> {
    const { member } = this.#parts.company;
    const { kind } = transaction;
    if (kind === "apply") {
      const card = cardIn(decodeApplication(transaction.body.application));
      if (card?.memberId !== member) return;
      const { encryptionKey: key, encryptionSeedSeal: seal } = card;
      await this.#takeSeed(pair, { version: 1, key, seal, of: member }, found);
    } else if (kind === "rotate-key") {
      const { member: of, role, version, key, seal } = transaction.body;
      if (of === member && role === "encryption") {
        await this.#takeSeed(pair, { version, key, seal, of }, found);
      }
    } else if (kind === "grant") {
      if (transaction.body.some(({ grantee }) => grantee === member)) {
        found.grants += await this.#parts.keyring.receiveAgain(transaction);
      }
    } else if (transaction.memberId !== member) {
      return;
    } else if (kind === "stream-create") {
      await this.#takeStream(pair, transaction, timeMs, found);
    } else if (kind === "stream-roll") {
      const { generation, recoverySeal } = transaction.body;
      await this.#takeRoot(pair, transaction.lane, generation, recoverySeal, found);
    }
  }

  async #takeSeed(pair: XwingKeyPair, sealed: SealedSeed, found: Counts): Promise<void> {
    const { keyring } = this.#parts;
    const { version: keyVersion, key, seal, of: member } = sealed;
    if (keyring.holds(key)) return;
    const opened = await openEncryptionSeed(pair, { member, keyVersion }, seal);
    if (!opened.ok) found.otherWords += 1;
    else if (await keyring.addSeed(opened.seed)) found.encryptionKeys += 1;
  }

  async #takeStream(
    pair: XwingKeyPair,
    transaction: Extract<Transaction, { kind: "stream-create" }>,
    createdMs: number,
    found: Counts,
  ): Promise<void> {
    const { company, keyring, node, streams } = this.#parts;
    const { lane: id, body } = transaction;
    if (keyring.own(id) !== null) return;
    const place = { member: company.member, streamId: id, generation: 1 };
    const opened = await openStreamSecrets(pair, place, body.recoverySeal);
    if (!opened.ok) {
      found.otherWords += 1;
      return;
    }
    const payload = await node.payload(transaction.id, 0);
    if (payload === null || payload === "purged") {
      found.missing += 1;
      return;
    }
    const { category, epochLength, schemaHash, metaCommitment: commitment } = body;
    const { metaKey, streamRoot } = opened;
    const meta = openMeta({
      ...{ network: company.network, owner: company.member, streamId: id },
      ...{ commitment, payload: Uint8Array.from(payload), schemaHash, metaKey },
    });
    if (!meta.ok) {
      found.missing += 1;
      return;
    }
    const { schemaBytes, schemaSalt } = meta;
    const { facets: disclosures } = body;
    const own = { id, category, epochLength, disclosures, schemaBytes, schemaSalt, schemaHash };
    await keyring.addStream({ ...own, metaKey, createdMs }, streamRoot);
    streams.adopt(id);
    found.streams += 1;
    found.generations += 1;
  }

  async #takeRoot(
    pair: XwingKeyPair,
    streamId: StreamId,
    generation: number,
    seal: Uint8Array,
    found: Counts,
  ): Promise<void> {
    const { company, keyring } = this.#parts;
    if (keyring.root(streamId, generation) !== null) return;
    const place = { member: company.member, streamId, generation };
    const opened = await openStreamSecrets(pair, place, seal);
    if (!opened.ok) {
      found.otherWords += 1;
      return;
    }
    await keyring.addRoot(streamId, generation, opened.streamRoot);
    found.generations += 1;
  }
}
