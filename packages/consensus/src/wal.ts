// How the log of a height lies on the disk: one frame a record, from the beginning of the file.
import {
  assert,
  concat,
  equalBytes,
  fromBytes,
  LedgerError,
  taggedHash,
  toBytes,
} from "@tegata/ledger/primitives";
import { ConsensusError } from "./errors.ts";
import { recordShape, type WalRecord } from "./wal-record.ts";

/** What a log gave: its records, and whether the last of them was torn while it was written. */
export interface WalContent {
  readonly records: readonly WalRecord[];
  readonly isTorn: boolean;
}

const headBytes = 24;
const checksumBytes = 8;
const two32 = 0x1_0000_0000;
/** A record is at most this long; what claims to be longer is no frame. */
export const walRecordBytesMax = 1 << 20;

function checksum(head: Uint8Array, payload: Uint8Array): Uint8Array {
  return taggedHash("wal", head.subarray(0, headBytes - checksumBytes), payload).subarray(
    0,
    checksumBytes,
  );
}

/** Frame of the record at this index of the log of a height. Source: docs/protocol-consensus.md. */
export function encodeWalRecord(entry: WalRecord, ofHeight: number, at: number): Uint8Array {
  const payload = toBytes(recordShape, entry);
  assert(payload.length <= walRecordBytesMax, "a record of the log fits its frame");
  const head = new Uint8Array(headBytes);
  const view = new DataView(head.buffer);
  view.setUint32(0, payload.length);
  view.setUint32(4, at);
  view.setBigUint64(8, BigInt(ofHeight));
  head.set(checksum(head, payload), headBytes - checksumBytes);
  return concat(head, payload);
}

interface Frame {
  readonly height: number;
  readonly index: number;
  readonly payload: Uint8Array;
  readonly end: number;
}

/** The intact frame at an offset, or null. Lengths are judged before anything is hashed. */
function frameAt(bytes: Uint8Array, offset: number): Frame | null {
  const start = offset + headBytes;
  if (start > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, headBytes);
  const length = view.getUint32(0);
  if (length === 0 || length > walRecordBytesMax || start + length > bytes.length) return null;
  const head = bytes.subarray(offset, start);
  const payload = bytes.subarray(start, start + length);
  const stored = head.subarray(headBytes - checksumBytes);
  if (!equalBytes(stored, checksum(head, payload))) return null;
  const end = start + length;
  return { height: Number(view.getBigUint64(8)), index: view.getUint32(4), payload, end };
}

/** Height that the head of a frame at an offset names, whether or not it is intact. */
export function walHeightAt(view: DataView, offset: number): number {
  return view.getUint32(offset + 8) * two32 + view.getUint32(offset + 12);
}

/** Whether an intact frame of this height, of this index or a later one, begins anywhere in these bytes. */
export function holdsWalFrame(bytes: Uint8Array, ofHeight: number, indexFirst: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const low = ofHeight % two32;
  // Megabytes are looked through at every start: first at what heights differ in most.
  for (let offset = 0; offset + headBytes < bytes.length; offset += 1) {
    if (view.getUint32(offset + 12) !== low || walHeightAt(view, offset) !== ofHeight) continue;
    if (view.getUint32(offset + 4) < indexFirst) continue;
    if (frameAt(bytes, offset) !== null) return true;
  }
  return false;
}

function decodeRecord(payload: Uint8Array, at: number): WalRecord {
  try {
    return fromBytes(recordShape, payload);
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    const message = `record ${at} of the log is intact but not readable`;
    throw new ConsensusError("CONSENSUS_WAL_CORRUPT", message, { index: at }, cause);
  }
}

/**
 * Reads a log. What stands behind the last frame of this height, such as the rest of an older and longer
 * log in the same file, is ignored; a torn last frame is no loss.
 * @throws CONSENSUS_WAL_CORRUPT where an intact later frame shows that the damage is not at the end
 */
export function decodeWal(bytes: Uint8Array): WalContent {
  const records: WalRecord[] = [];
  let offset = 0;
  let ofHeight: number | null = null;
  for (;;) {
    const at = records.length;
    const frame = frameAt(bytes, offset);
    const fits =
      frame !== null && frame.index === at && frame.height === (ofHeight ?? frame.height);
    if (!fits) break;
    ofHeight = frame.height;
    records.push(decodeRecord(frame.payload, at));
    offset = frame.end;
  }
  const rest = bytes.subarray(offset);
  const isTorn = rest.subarray(0, headBytes).some((byte) => byte !== 0);
  const later = records.length + 1;
  if (ofHeight !== null && isTorn && holdsWalFrame(rest.subarray(1), ofHeight, later)) {
    const message = `the log is damaged at record ${records.length}, before its end`;
    throw new ConsensusError("CONSENSUS_WAL_CORRUPT", message, { index: records.length });
  }
  return { records, isTorn };
}
