import { createHash, randomBytes } from "node:crypto";
import {
  CONTROL_LANE,
  type ContentOf,
  epochOf,
  type Kind,
  signTransaction,
  streamIdOf,
  type Transaction,
  type TransactionFrame,
} from "@tegata/ledger/chain";
import {
  type EntryId,
  type Hash,
  type MemberId,
  type NetworkId,
  type Signer,
  type StreamId,
  toHex,
} from "@tegata/ledger/primitives";
import type { Sidecar } from "../../src/api/client.ts";

function random(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length));
}

function hashOf(bytes: Uint8Array): Hash {
  return createHash("sha256").update(bytes).digest("hex") as Hash;
}

const schemaHash = hashOf(new Uint8Array(0));

/** A transaction as it is handed in. */
export interface Written extends Sidecar {
  readonly id: string;
  readonly decoded: Transaction;
}

/** Stands in for a member's gateway: numbers and signs transactions, without secrets to keep. */
export class Writer {
  readonly memberId: MemberId;
  readonly #signer: Signer;
  readonly #network: NetworkId;
  readonly #sequences = new Map<string, number>();

  constructor(memberId: MemberId, signer: Signer, network: NetworkId) {
    this.memberId = memberId;
    this.#signer = signer;
    this.#network = network;
  }

  /** A transaction of the control lane that does nothing. */
  void(): Written {
    return this.#sign({ ...this.#frame(CONTROL_LANE, []), kind: "void", body: {} }, []);
  }

  /** A transaction of the control lane at a sequence of choice. */
  voidAt(sequence: number): Written {
    const frame = { ...this.#frame(CONTROL_LANE, []), sequence };
    return this.#sign({ ...frame, kind: "void", body: {} }, []);
  }

  /** A transaction of the control lane with a body of choice. */
  control<K extends Kind>(kind: K, body: ContentOf<K>["body"]): Written {
    const frame = this.#frame(CONTROL_LANE, []);
    return this.#sign({ ...frame, kind, body } as ContentOf<K>, []);
  }

  createStream(stream: StreamId = streamIdOf(this.memberId, random(8))): Written {
    const payloads = [random(272)];
    const frame = this.#frame(stream, payloads);
    return this.#sign(
      {
        ...frame,
        kind: "stream-create",
        body: {
          suite: 1,
          category: "other",
          epochLength: "1d",
          facets: ["row"],
          schemaHash,
          metaCommitment: random(32),
          recoverySeal: random(1_200),
        },
      },
      payloads,
    );
  }

  records(stream: StreamId, payloadBytes = 600): Written {
    const payloads = [random(payloadBytes)];
    return this.#sign(
      {
        ...this.#frame(stream, payloads),
        kind: "records",
        body: {
          suite: 1,
          generation: 1,
          epoch: epochOf(Date.now(), "1d"),
          backfill: false,
          schemaHash,
          rnd: random(32),
          facets: [{ root: random(32), commitment: random(32) }],
        },
      },
      payloads,
    );
  }

  /** Has the payloads of these sequences of a stream deleted. */
  purge(stream: StreamId, sequenceFirst: number, sequenceLast: number): Written {
    const body = { sequenceFirst, sequenceLast };
    return this.#sign({ ...this.#frame(stream, []), kind: "purge", body }, []);
  }

  #frame(lane: StreamId, payloads: readonly Uint8Array[]): TransactionFrame {
    const sequence = (this.#sequences.get(lane) ?? 0) + 1;
    this.#sequences.set(lane, sequence);
    return {
      memberId: this.memberId,
      keyVersion: 1,
      lane,
      sequence,
      writer: 0,
      entryId: toHex(random(16)) as EntryId,
      expiresMs: lane === CONTROL_LANE ? Date.now() + 3_600_000 : null,
      payloads: payloads.map((bytes) => ({ hash: hashOf(bytes), size: bytes.length })),
    };
  }

  #sign<K extends Kind>(content: ContentOf<K>, payloads: readonly Uint8Array[]): Written {
    const decoded = signTransaction(content, this.#signer, this.#network, 0) as Transaction;
    return { id: decoded.id, transaction: decoded.bytes, payloads, decoded };
  }
}
