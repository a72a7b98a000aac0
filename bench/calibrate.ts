// What the parts of this machine cost, each alone and at its best; bench/formulas.ts makes limits of it.
import { mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { transactionsRootOf } from "@tegata/ledger/chain";
import {
  createSigner,
  decode,
  memberId,
  networkId,
  sha256,
  signBytes,
  type TransactionId,
  verifySignature,
} from "@tegata/ledger/primitives";
import { drawBytes, sealBatch } from "@tegata/ledger/vault";
import { calibrateApi } from "./calibrate-api.ts";
import { calibrateDelay } from "./calibrate-delay.ts";
import { calibrateOutbox, calibrateStore, storeBlocks } from "./calibrate-store.ts";
import { type Calibration, quantile, type StageCosts } from "./formulas.ts";
import { leastUs, wallMs } from "./samples.ts";
import {
  type Author,
  type BatchSize,
  batchOf,
  createStream,
  epochKeyOf,
  type OwnStream,
  recordsOf,
  rowsOf,
} from "./workload.ts";

/** How long to look at one part that needs nothing but CPU. */
const partBudgetMs = 200;

/**
 * Measures this machine; `folder` lies on the disk that the nodes will use. CPU figures are minima of many
 * short samples of CPU time, wall-clock figures medians.
 */
export async function calibrate(folder: string): Promise<Calibration> {
  const place = await mkdtemp(join(folder, "calibration-"));
  try {
    const signer = createSigner(drawBytes(32));
    const author: Author = {
      network: networkId(drawBytes(32)),
      memberId: memberId(drawBytes(32)),
      writer: 0,
      signer,
    };
    const { stream } = createStream(author);
    const message = signBytes("transaction", author.network, 0, drawBytes(32));
    const signature = signer.sign(message);
    return {
      verifyUs: leastUs(3 * partBudgetMs, () => {
        if (!verifySignature(signer.publicKey, message, signature)) throw new Error("unverified");
      }),
      signUs: leastUs(partBudgetMs, () => {
        signer.sign(message);
      }),
      syncMs: await calibrateSync(place),
      delayMs: await calibrateDelay(),
      diskBytesPerSecond: await calibrateDisk(place),
      batch: await stageCosts(place, author, stream, 100),
      single: await stageCosts(place, author, stream, 1),
    };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function stageCosts(
  folder: string,
  author: Author,
  stream: OwnStream,
  size: BatchSize,
): Promise<StageCosts> {
  const perBlock = size === 1 ? 1_000 : 100;
  const count = perBlock * storeBlocks;
  const all = recordsOf(author, stream, { first: 2, count, size });
  const [one] = all;
  if (one === undefined) throw new Error("there is a transaction");
  const { transaction } = one;
  const payload = one.payloads[0] as Uint8Array;
  const content = (decode(transaction) as readonly Uint8Array[])[0] as Uint8Array;
  const timeMs = Date.now();
  const rows = rowsOf(size, timeMs);
  const epochKey = epochKeyOf(author, stream, Math.floor(timeMs / 3_600_000));
  const batch = batchOf(author, stream, { sequence: 2, rows, epochKey });
  const ids = all.slice(0, 500).map(({ id }) => id as TransactionId);
  return {
    decodeUs: leastUs(partBudgetMs, () => {
      decode(transaction);
      decode(content);
    }),
    hashUs: leastUs(partBudgetMs, () => {
      sha256(transaction);
      sha256(content);
      sha256(payload);
    }),
    merkleUs: leastUs(partBudgetMs, () => transactionsRootOf(ids)) / ids.length,
    storeUs: await calibrateStore(join(folder, `store-${size}`), all, perBlock),
    sealUs: leastUs(2 * partBudgetMs, () => {
      sealBatch(batch);
    }),
    outboxUs: await calibrateOutbox(join(folder, `outbox-${size}`), size * 640),
    ...(await calibrateApi(folder, one, size)),
    bytes: transaction.length + payload.length,
  };
}

/** A small write at the beginning of a preallocated file, synced: what a signed vote waits for. */
async function calibrateSync(folder: string): Promise<number> {
  const file = await open(join(folder, "synced"), "w");
  try {
    await file.write(new Uint8Array(1_048_576));
    await file.sync();
    const record = drawBytes(512);
    const samples = await wallMs(120, async () => {
      await file.write(record, 0, record.length, 0);
      await file.datasync();
    });
    return quantile(samples, 0.5) as number;
  } finally {
    await file.close();
  }
}

/** A file written in pieces of 4 MiB and synced at its end. */
async function calibrateDisk(folder: string): Promise<number> {
  const file = await open(join(folder, "sequence"), "w");
  const piece = new Uint8Array(4 * 1_048_576).fill(0x5a);
  const pieces = 16;
  try {
    const samples = await wallMs(3, async () => {
      for (let index = 0; index < pieces; index += 1) {
        await file.write(piece, 0, piece.length, index * piece.length);
      }
      await file.datasync();
    });
    return (pieces * piece.length * 1_000) / Math.min(...samples);
  } finally {
    await file.close();
  }
}
