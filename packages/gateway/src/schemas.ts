import { LedgerError, type NetworkId, type StreamId } from "@tegata/ledger/primitives";
import { openMeta } from "@tegata/ledger/vault";
import type { NodeClient } from "@tegata/node/client";
import type { Book } from "./book/book.ts";
import type { Keyring, OpenSchema } from "./keyring.ts";
import type { Log } from "./log.ts";
import { isNodeAway } from "./node-away.ts";

/** Opens the schemas of streams that others have shared, as soon as their ciphertext is here. */
export class Schemas {
  readonly #node: NodeClient;
  readonly #network: NetworkId;
  readonly #book: Book;
  readonly #keyring: Keyring;
  readonly #log: Log;
  /** Streams whose schema did not open with the key that was granted. */
  readonly #broken = new Set<StreamId>();

  constructor(node: NodeClient, network: NetworkId, book: Book, keyring: Keyring, log: Log) {
    this.#node = node;
    this.#network = network;
    this.#book = book;
    this.#keyring = keyring;
    this.#log = log;
  }

  /** The schema of a stream, or null: no grant, not here yet, or not what its owner committed to. */
  async open(stream: StreamId): Promise<OpenSchema | null> {
    const known = this.#keyring.schema(stream);
    if (known !== null || this.#broken.has(stream)) return known;
    const metaKey = this.#keyring.metaKey(stream);
    const facts = this.#book.stream(stream);
    if (metaKey === null || facts === null) return null;
    const payload = await this.#node.payload(facts.transactionId, 0);
    if (payload === null || payload === "purged") return null;
    const { owner, schemaHash, metaCommitment: commitment } = facts;
    const place = { network: this.#network, owner, streamId: stream };
    const sealed = { commitment, payload: Uint8Array.from(payload), schemaHash };
    const opened = openMeta({ ...place, ...sealed, metaKey });
    try {
      if (opened.ok) {
        await this.#keyring.addSchema(stream, opened.schemaSalt, opened.schemaBytes);
        return this.#keyring.schema(stream);
      }
    } catch (error) {
      const isContent = error instanceof LedgerError && !error.code.startsWith("LEDGER_STORE_");
      if (!isContent) throw error;
    }
    this.#broken.add(stream);
    this.#log.warn(
      { code: opened.ok ? "LEDGER_BAD_SHAPE" : opened.code },
      "a schema does not open",
    );
    return null;
  }

  /** Opens whatever a grant made readable; what is not here yet is tried again later. */
  async openAll(): Promise<void> {
    try {
      for (const stream of this.#keyring.receivedStreams()) await this.open(stream);
    } catch (error) {
      if (!isNodeAway(error)) throw error;
    }
  }
}
