import { SUITE } from "../chain/transaction-body.ts";
import {
  encode,
  type Hash,
  idBytes,
  type MemberId,
  type NetworkId,
  type StreamId,
  sha256,
} from "../primitives/index.ts";

/** Where a batch stands: nothing of it can be changed without its parts ceasing to open. */
export interface BatchPlace {
  readonly network: NetworkId;
  readonly owner: MemberId;
  readonly streamId: StreamId;
  /** From 1. */
  readonly generation: number;
  readonly epoch: number;
  /** The lane of the transaction, which is the stream's. */
  readonly lane: StreamId;
  readonly sequence: number;
  readonly schemaHash: Hash;
}

/** What the header of a batch binds besides its place. */
export interface BatchHeader extends BatchPlace {
  /** 32 bytes. */
  readonly rnd: Uint8Array;
  /** Merkle root of each facet, 32 bytes. */
  readonly roots: readonly Uint8Array[];
  /** Padded size of each facet's content. */
  readonly paddedLengths: readonly number[];
}

/** SHA-256 of the canonical header. Source: docs/PROTOCOL.md section 7.4 step 5. */
export function batchHeaderHash(header: BatchHeader): Uint8Array {
  const bytes = encode([
    "part",
    SUITE,
    idBytes(header.network),
    idBytes(header.owner),
    idBytes(header.streamId),
    header.generation,
    header.epoch,
    idBytes(header.lane),
    header.sequence,
    idBytes(header.schemaHash),
    header.rnd,
    header.roots,
    header.paddedLengths,
  ]);
  return sha256(bytes);
}
