import type { Head } from "../chain/build.ts";
import { blockIdShape } from "../chain/wire-shapes.ts";
import {
  type BlockId,
  concat,
  fixedBytes,
  fromBytes,
  type Hash,
  idBytes,
  LedgerError,
  type NetworkId,
  record,
  type Shape,
  toBytes,
  toHex,
  uint,
} from "../primitives/index.ts";

/** Changes whenever older programs can no longer read the databases. */
const FORMAT = 2;

const formatShape = record({ format: uint(), networkId: fixedBytes(32) });
const headShape: Shape<Head> = record({ height: uint(), blockId: blockIdShape, timeMs: uint() });
const placeShape = record({ height: uint(), index: uint(0xffff_ffff) });

/** Where a transaction stands. */
export interface Place {
  readonly height: number;
  readonly index: number;
}

/** What the index knows of a committed height. */
export interface Commitment {
  readonly blockId: BlockId;
  /** SHA-256 of the own copy of the block's certificate; at height 0 of the empty byte string. */
  readonly certificateHash: Hash;
}

/** The state database itself is damaged: it is made anew from the blocks of others. */
export function damagedState(what: string): LedgerError<"LEDGER_STORE_DAMAGED"> {
  const message = `${what} in the state database is lost or altered`;
  return new LedgerError("LEDGER_STORE_DAMAGED", message, { what, height: null });
}

function read<T>(shape: Shape<T>, bytes: Uint8Array, what: string): T {
  try {
    return fromBytes(shape, bytes);
  } catch (error) {
    if (error instanceof LedgerError) throw damagedState(what);
    throw error;
  }
}

export function encodeFormat(networkId: NetworkId): Uint8Array {
  return toBytes(formatShape, { format: FORMAT, networkId: idBytes(networkId) });
}

/**
 * Refuses a store of another format or network.
 * @throws LEDGER_STORE_DAMAGED, LEDGER_STORE_OTHER_FORMAT, LEDGER_STORE_OTHER_NETWORK
 */
export function checkFormat(bytes: Uint8Array | null, networkId: NetworkId): void {
  if (bytes === null) throw damagedState("format");
  const { format, networkId: found } = read(formatShape, bytes, "format");
  if (format !== FORMAT) {
    const message = `the store has format ${format} instead of ${FORMAT}`;
    const detail = { expected: FORMAT, actual: format };
    throw new LedgerError("LEDGER_STORE_OTHER_FORMAT", message, detail);
  }
  const actual = toHex(found);
  if (actual !== networkId) {
    const message = `the store belongs to network ${actual}`;
    throw new LedgerError("LEDGER_STORE_OTHER_NETWORK", message, { expected: networkId, actual });
  }
}

export function encodeHead(head: Head): Uint8Array {
  return toBytes(headShape, head);
}

/** @throws LEDGER_STORE_DAMAGED */
export function decodeHead(bytes: Uint8Array | null): Head {
  if (bytes === null) throw damagedState("head");
  return read(headShape, bytes, "head");
}

export function encodePlace(place: Place): Uint8Array {
  return toBytes(placeShape, place);
}

/** @throws LEDGER_STORE_DAMAGED */
export function decodePlace(bytes: Uint8Array): Place {
  return read(placeShape, bytes, "place of a transaction");
}

/** Block id and certificate hash in a row: 64 bytes. */
export function encodeCommitment({ blockId, certificateHash }: Commitment): Uint8Array {
  return concat(idBytes(blockId), idBytes(certificateHash));
}

/** @throws LEDGER_STORE_DAMAGED */
export function decodeCommitment(bytes: Uint8Array): Commitment {
  if (bytes.length !== 64) throw damagedState("block id");
  return {
    blockId: toHex(bytes.subarray(0, 32)) as BlockId,
    certificateHash: toHex(bytes.subarray(32)) as Hash,
  };
}

export function encodeHeight(height: number): Uint8Array {
  return toBytes(uint(), height);
}

/** @throws LEDGER_STORE_DAMAGED */
export function decodeHeight(bytes: Uint8Array): number {
  return read(uint(), bytes, "height of a block");
}

/** @throws LEDGER_STORE_DAMAGED */
export function decodeStateRoot(bytes: Uint8Array): Hash {
  if (bytes.length !== 32) throw damagedState("state root");
  return toHex(bytes) as Hash;
}
