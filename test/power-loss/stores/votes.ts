import { join } from "node:path";
import type { Draft } from "@tegata/consensus";
import { type BlockId, createSigner } from "@tegata/ledger/primitives";
import { makeFolder } from "@tegata/ledger/storage";
import type { Prng } from "../../../packages/consensus/sim/prng.ts";
import { createGuard } from "../../../packages/node/src/host/guard-file.ts";
import { Signer } from "../../../packages/node/src/host/signer.ts";
import { WalFile } from "../../../packages/node/src/host/wal-file.ts";
import { createLog } from "../../../packages/node/src/log.ts";
import {
  network,
  roundIn,
  sampleChapter,
  sampleRecords,
} from "../../../packages/node/test/host/samples.ts";
import type { Store } from "./store.ts";

const stepsMax = 24;
const roundsMax = 9;
const key = createSigner(new Uint8Array(32).fill(7));
const log = createLog("error", null);

/** Where a vote stands; only one block may ever be named there. */
interface Place {
  readonly height: number;
  readonly round: number;
  readonly type: "prevote" | "precommit";
}

interface Said extends Place {
  readonly blockId: BlockId;
}

const textOf = ({ height, round, type, blockId }: Said): string =>
  `vote ${height} ${round} ${type} ${blockId}`;

function saidIn(said: readonly string[]): readonly Said[] {
  return said
    .filter((text) => text.startsWith("vote "))
    .map((text) => {
      const [, height, round, type, blockId] = text.split(" ");
      return { height: Number(height), round: Number(round), type, blockId } as Said;
    });
}

/** The height after the head, which the chain keeps: it moves before the log begins anew. */
function heightIn(said: readonly string[]): number {
  const last = said.findLast((text) => text.startsWith("height "));
  return Number(last?.split(" ")[1] ?? 1);
}

function draftOf({ height, round, type, blockId }: Said): Draft {
  return { kind: "vote", vote: { type, height, round, blockId, voter: 0 } };
}

function blockIdOf(draw: Prng): BlockId {
  return draw
    .below(2 ** 32)
    .toString(16)
    .padStart(64, "0") as BlockId;
}

function openSigner(folder: string): Promise<Signer> {
  const place = { folder: join(folder, "guard"), consensusKey: key.publicKey };
  return Signer.open({ key, place, network, era: 0, log });
}

/** Signs with the guard what the log led to, as a node does. Null: the guard forbids it. */
async function vote(signer: Signer, wal: WalFile, said: Said): Promise<boolean> {
  const syncs = { before: null, beside: () => wal.sync() };
  return (await signer.sign(draftOf(said), syncs)) !== null;
}

async function openWal(folder: string, height: number): Promise<{ wal: WalFile; round: number }> {
  makeFolder(join(folder, "node"));
  const { wal, finding } = await WalFile.open(join(folder, "node", "wal"), height);
  if (finding.kind === "damaged") throw new Error("the log is damaged before its end");
  if (finding.kind === "replay") return { wal, round: roundIn(finding.records) };
  for (const record of sampleRecords(height, 1)) wal.append(record);
  return { wal, round: 0 };
}

/** The signer guard and the log of consensus. */
export const votes: Store = {
  name: "votes",
  async work(folder, { draw, said, say }) {
    if (!said.includes("guard")) {
      const place = { folder: join(folder, "guard"), consensusKey: key.publicKey };
      await createGuard(place, network).catch((error: { code?: string }) => {
        if (error.code !== "NODE_GUARD_EXISTS") throw error;
      });
      say("guard");
    }
    const signer = await openSigner(folder);
    let height = heightIn(said);
    // What the guard remembers is sent once more at every start, as it is.
    for (const one of signer.memory(height).said) {
      if (one.kind === "vote") say(textOf(one.vote as Said));
    }
    let { wal, round } = await openWal(folder, height);
    for (let step = 0; step < stepsMax; step += 1) {
      if (round >= roundsMax) {
        height += 1;
        say(`height ${height}`);
        await wal.reset(height);
        for (const record of sampleRecords(height, 1)) wal.append(record);
        round = 0;
      }
      round += 1;
      if (draw.chance(0.1)) wal.append(sampleChapter(height, round));
      else wal.append({ type: "timeout", timeout: { kind: "propose", height, round } });
      const type = draw.chance(0.5) ? "prevote" : "precommit";
      const mine = { height, round, type, blockId: blockIdOf(draw) } as const;
      if (!(await vote(signer, wal, mine))) continue;
      say(textOf(mine));
      say(`log ${height} ${round}`);
    }
    await wal.close();
    await signer.close();
  },
  async look(folder, said) {
    const before = saidIn(said);
    const last = before.at(-1);
    const doubled = before
      .filter((one) => before.some((other) => isSecond(one, other)))
      .map((one) => textOf(one));
    const height = heightIn(said);
    const logged = said.findLast((text) => text.startsWith(`log ${height} `)) ?? "";
    const lost: string[] = [];
    if (said.length === 0) return { kept: 0, lost, doubled };
    const signer = await openSigner(folder);
    if (signer.condition !== "intact") lost.push(`guard ${signer.condition}`);
    const { wal, round } = await openWal(folder, height);
    if (round < Number(logged.split(" ")[2] ?? 0)) lost.push(logged);
    if (last !== undefined) {
      const other = { ...last, blockId: "ff".repeat(32) as BlockId };
      if (await vote(signer, wal, other)) lost.push(textOf(last));
    }
    await wal.close();
    await signer.close();
    return { kept: said.length - lost.length, lost, doubled };
  },
};

/** Whether two votes of one place name two blocks. */
function isSecond(one: Said, other: Said): boolean {
  const isSamePlace =
    one.height === other.height && one.round === other.round && one.type === other.type;
  return isSamePlace && one.blockId !== other.blockId;
}
