import { type CommitCertificate, encodeMessage } from "@tegata/consensus";
import {
  assembleBlock,
  certificateHashOf,
  encodeHeader,
  evidenceRootOf,
  transactionsRootOf,
} from "@tegata/ledger/chain";
import type { BlockId, Hash, MemberId } from "@tegata/ledger/primitives";
import { pino } from "pino";
import { expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { NodeError } from "../src/errors.ts";
import { Signal } from "../src/signal.ts";
import { CatchUp } from "../src/sync/catch-up.ts";
import { Claims } from "../src/sync/claims.ts";
import { syncLimits } from "../src/sync/limits.ts";
import { encodeCertifiedAnswer } from "../src/sync/requests.ts";
import { Timers } from "../src/timers.ts";

const [ours, theirs, root] = ["11", "22", "33"].map((byte) => byte.repeat(32)) as [
  BlockId,
  BlockId,
  Hash,
];
const member = "aa".repeat(32) as MemberId;

/** A certificate without a signature; who signed is not what is looked at here. */
function certificateFor(height: number, blockId: BlockId): Uint8Array {
  const certificate: CommitCertificate = {
    ...{ type: "precommit", height, round: 0, blockId },
    signatures: [],
  };
  return encodeMessage({ kind: "commit", certificate });
}

test("two decisions of one height stop the node, and the log keeps the one that it has not", async () => {
  const previousCertificate = certificateFor(6, theirs);
  const block = assembleBlock({
    headerBytes: encodeHeader({
      ...{ height: 7, timeMs: 1, proposer: member, previousBlockId: theirs },
      ...{ changesRoot: root, stateRoot: root, validatorsHash: root, nextValidatorsHash: root },
      transactionsRoot: transactionsRootOf([]),
      previousCertificateHash: certificateHashOf(previousCertificate),
      evidenceRoot: evidenceRootOf([]),
    }),
    ...{ transactions: [], previousCertificate, evidence: [] },
  });
  const answer = encodeCertifiedAnswer(block.bytes, certificateFor(7, block.id));
  const timers = new Timers();
  const lines: string[] = [];
  const faults: unknown[] = [];
  const claims = new Claims();
  claims.report(member, 9);
  const catchUp = new CatchUp({
    network: { connected: () => [member], request: async () => answer },
    ...{ claims, validators: () => [] },
    log: pino({}, { write: (line: string) => lines.push(line) }),
    head: () => ({ height: 6, blockId: ours }),
    ...{ headMoved: new Signal(timers), claimed: new Signal(timers) },
    isHeld: () => false,
    isCertified: () => true,
    limits: { ...syncLimits, blocksPerRequest: 1 },
    decide: () => expect.unreachable("nothing of another chain is applied"),
    onFault: (error) => faults.push(error),
  });
  catchUp.poke();
  await until("it stops", () => faults.length > 0);
  catchUp.stop();
  timers.stop();
  const [fault] = faults;
  if (!(fault instanceof NodeError)) throw new Error("a failure of the node");
  expect(fault.code).toBe("NODE_TWO_DECISIONS");
  expect(fault.detail).toEqual({ height: 6, ours, theirs });
  const kept = Buffer.from(previousCertificate).toString("hex");
  expect(lines.some((line) => JSON.parse(line).certificate === kept)).toBe(true);
});
