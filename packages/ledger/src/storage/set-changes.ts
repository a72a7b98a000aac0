import { type Block, blockIdOf, decodeHeader } from "../chain/block.ts";
import { limits } from "../chain/limits.ts";
import type { SetChange } from "../chain/proof-file.ts";
import { validatorsKey } from "../chain/state-keys.ts";
import type { Change } from "../chain/state-view.ts";
import {
  assert,
  type BlockId,
  bytes,
  equalBytes,
  fromBytes,
  type Hash,
  hashId,
  LedgerError,
  record,
  taggedHash,
  toBytes,
} from "../primitives/index.ts";
import type { KeyValueWrite } from "./key-value-store.ts";
import { stateKeys } from "./keyspace.ts";
import { damagedState } from "./state-records.ts";

/** Member id, key and flag of one validator, with what frames them. */
const validatorBytes = 70;
const recordShape = record({
  header: bytes(limits.headerBytesMax),
  nextValidators: bytes(limits.membersMax * validatorBytes + 3),
});

/** A committed height whose block changed the set of validators. */
export interface CommittedSetChange extends SetChange {
  readonly height: number;
}

/** What the index keeps: all but the certificate. */
export type SetRecord = Omit<SetChange, "certificate">;

function hashOf(validators: Uint8Array): Hash {
  return hashId(taggedHash("validators", validators));
}

/**
 * The entry of a block that changes the set, to be written in one batch with the head; none for others.
 * Only now are the bytes of the new set at hand: the state forgets them with the next change.
 */
export function setChangeWrites(
  { header, headerBytes }: Block,
  changes: readonly Change[],
): readonly KeyValueWrite[] {
  const { height, validatorsHash, nextValidatorsHash } = header;
  if (nextValidatorsHash === validatorsHash) return [];
  const nextValidators = changes.find(([key]) => equalBytes(key, validatorsKey))?.[1] ?? null;
  assert(
    nextValidators !== null && hashOf(nextValidators) === nextValidatorsHash,
    "a block that changes the set writes the set its header announces",
  );
  return [setChangeWrite(height, { header: headerBytes, nextValidators })];
}

/** The entry of a block of long ago; the caller has compared the set with the header. */
export function setChangeWrite(height: number, change: SetRecord): KeyValueWrite {
  const { header, nextValidators } = change;
  const value = toBytes(recordShape, { header, nextValidators });
  return { type: "put", key: stateKeys.setChange(height), value };
}

/**
 * Reads an entry and compares all its bytes with the committed block: the disk may give back anything.
 * @throws LEDGER_STORE_DAMAGED
 */
export function readSetChange(value: Uint8Array, height: number, blockId: BlockId): SetRecord {
  try {
    const found = fromBytes(recordShape, value);
    const { nextValidatorsHash } = decodeHeader(found.header);
    const fits = blockIdOf(found.header) === blockId;
    if (fits && hashOf(found.nextValidators) === nextValidatorsHash) return found;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
  }
  throw damagedState(`set of validators after height ${height}`);
}
