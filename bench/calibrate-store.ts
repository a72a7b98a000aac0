import { createSecretKey } from "node:crypto";
import {
  assembleBlock,
  type Block,
  certificateHashOf,
  decodeTransaction,
  encodeHeader,
  evidenceRootOf,
  type Head,
  transactionsRootOf,
} from "@tegata/ledger/chain";
import { type BlockId, type Hash, type NetworkId, networkId } from "@tegata/ledger/primitives";
import { openChainStore, openLevelStore } from "@tegata/ledger/storage";
import { drawBytes, nonceBytes, sealAead } from "@tegata/ledger/vault";
import { leastProcessUs } from "./samples.ts";
import type { Signed } from "./workload.ts";

const certificate = new Uint8Array(400).fill(7);
const zeroHash = "00".repeat(32) as Hash;

/** A block as storage wants it; nothing of it obeys the rules. */
function blockAfter(head: Head, all: readonly Signed[]): Block {
  const transactions = all.map(({ transaction }) => decodeTransaction(transaction));
  const first = transactions[0];
  if (first === undefined) throw new Error("a block of a calibration is not empty");
  const headerBytes = encodeHeader({
    height: head.height + 1,
    timeMs: head.timeMs + 1,
    proposer: first.memberId,
    previousBlockId: head.blockId,
    transactionsRoot: transactionsRootOf(transactions.map(({ id }) => id)),
    changesRoot: zeroHash,
    stateRoot: zeroHash,
    validatorsHash: zeroHash,
    nextValidatorsHash: zeroHash,
    previousCertificateHash: certificateHashOf(certificate),
    evidenceRoot: evidenceRootOf([]),
  });
  const evidence: readonly Uint8Array[] = [];
  return assembleBlock({ headerBytes, transactions, previousCertificate: certificate, evidence });
}

const blocksPerRound = 3;
const rounds = 2;
/** Blocks that {@link calibrateStore} writes. */
export const storeBlocks = blocksPerRound * rounds;

/** CPU of the storage layer for one transaction, in blocks of `perBlock`; all threads of LevelDB count. */
export async function calibrateStore(
  folder: string,
  all: readonly Signed[],
  perBlock: number,
): Promise<number> {
  const network: NetworkId = networkId(drawBytes(32));
  const genesis = { timeMs: 1_000, changes: [] };
  const store = await openChainStore({ folder, networkId: network, mode: "create", genesis });
  try {
    const blocks: Block[] = [];
    let head: Head = { height: 0, blockId: network as string as BlockId, timeMs: 1_000 };
    for (let at = 0; at + perBlock <= all.length; at += perBlock) {
      const block = blockAfter(head, all.slice(at, at + perBlock));
      blocks.push(block);
      head = { height: block.header.height, blockId: block.id, timeMs: block.header.timeMs };
    }
    const bytes = all[0]?.payloads[0] as Uint8Array;
    const used = await leastProcessUs(rounds, async (round) => {
      for (const block of blocks.slice(round * blocksPerRound, (round + 1) * blocksPerRound)) {
        const { height } = block.header;
        const payloads = block.transactions.map(({ id }) => ({
          transactionId: id,
          part: 0,
          bytes,
        }));
        await Promise.all([store.putCandidate(block), store.putPayloads(height, payloads)]);
        await store.commit({ block, certificate, changes: [] });
      }
    });
    return used / (blocksPerRound * perBlock);
  } finally {
    await store.close();
  }
}

/** CPU of encrypting an outbox entry of this size and writing it to a database, synced. */
export async function calibrateOutbox(folder: string, bytes: number): Promise<number> {
  const buffers = { writeBufferBytes: 16 * 1_048_576, tableBytes: 16 * 1_048_576 };
  const store = await openLevelStore({
    folder,
    mode: "create",
    compression: "none",
    cacheBytes: 1_048_576,
    ...buffers,
  });
  const key = createSecretKey(drawBytes(32));
  const entry = new Uint8Array(bytes).fill(3);
  const writes = 200;
  try {
    const used = await leastProcessUs(rounds, async () => {
      for (let index = 0; index < writes; index += 1) {
        const value = sealAead(key, drawBytes(nonceBytes), new Uint8Array(0), entry);
        await store.write([{ type: "put", key: drawBytes(16), value }]);
      }
    });
    return used / writes;
  } finally {
    await store.close();
  }
}
