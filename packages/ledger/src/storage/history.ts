import { type Block, certificateHashOf } from "../chain/block.ts";
import { assert, type NetworkId } from "../primitives/index.ts";
import type { MissingBlock } from "./chain-store.ts";
import type { KeyValueWrite } from "./key-value-store.ts";
import { bodyKeys, stateKeys } from "./keyspace.ts";
import * as records from "./state-records.ts";

/** What is known of the chain where older blocks are added. */
export interface HistoryPlace {
  readonly missing: MissingBlock | null;
  readonly networkId: NetworkId;
  /** The first block that is here; null while there is none above the snapshot. */
  readonly above: Block | null;
  readonly hasCertificate: (height: number) => boolean;
}

/** What is written for older blocks: the bodies first. */
export interface HistoryWrites {
  readonly bodies: readonly KeyValueWrite[];
  readonly state: readonly KeyValueWrite[];
  readonly baseHeight: number;
}

/**
 * The writes that add older blocks to a chain, downwards. Each is the one that the block above names, and
 * that one carries its certificate: nothing of it has to be believed.
 * Source: docs/PROTOCOL.md sections 8 and 9.
 */
export function historyWrites(blocks: readonly Block[], place: HistoryPlace): HistoryWrites {
  const bodies: KeyValueWrite[] = [];
  const state: KeyValueWrite[] = [];
  let { missing, above } = place;
  for (const block of blocks) {
    assert(missing?.blockId === block.id, "an older block is the one that the next one names");
    const { height, previousBlockId } = block.header;
    assert(height === missing.height, "a block stands at the height that its header says");
    bodies.push({ type: "put", key: bodyKeys.block(height, block.id), value: block.bytes });
    if (!place.hasCertificate(height)) {
      assert(above !== null, "the block above carries the certificate");
      const certificate = above.previousCertificate;
      bodies.push({ type: "put", key: bodyKeys.certificate(height), value: certificate });
      const certificateHash = certificateHashOf(certificate);
      const value = records.encodeCommitment({ blockId: block.id, certificateHash });
      state.push({ type: "put", key: stateKeys.blockId(height), value });
    }
    const number = records.encodeHeight(height);
    state.push({ type: "put", key: stateKeys.heightOfBlock(block.id), value: number });
    for (const [index, { id }] of block.transactions.entries()) {
      const value = records.encodePlace({ height, index });
      state.push({ type: "put", key: stateKeys.transaction(id), value });
    }
    const isFirst = height === 1;
    assert(
      !isFirst || previousBlockId === (place.networkId as string),
      "block 1 names the genesis",
    );
    missing = isFirst ? null : { height: height - 1, blockId: previousBlockId };
    above = block;
  }
  const baseHeight = missing === null ? 0 : missing.height + 1;
  state.push(
    baseHeight === 0
      ? { type: "delete", key: stateKeys.firstBlock }
      : { type: "put", key: stateKeys.firstBlock, value: records.encodeHeight(baseHeight) },
  );
  return { bodies, state, baseHeight };
}
