// What the parts of a node have in common, and the first of them.
import {
  checkTransaction,
  currentKey,
  type KeyState,
  type MemberState,
  servesAt,
  type Transaction,
  transactionKey,
} from "@tegata/ledger/chain";
import { type NetworkId, publicKey } from "@tegata/ledger/primitives";
import { systemClock } from "./clock.ts";
import { ClockWatch } from "./host/clock-watch.ts";
import { Heartbeat } from "./host/heartbeat.ts";
import { LagWatch } from "./host/lag-watch.ts";
import type { Ledger, LedgerMember } from "./host/ledger.ts";
import { Signatures } from "./host/signatures.ts";
import type { Log } from "./log.ts";
import { AdmissionDoor } from "./mempool/admission.ts";
import { Mempool } from "./mempool/mempool.ts";
import { OwnRefusals } from "./mempool/own-refusals.ts";
import type { NetworkMember } from "./network/network.ts";
import { Signal } from "./signal.ts";
import { Claims } from "./sync/claims.ts";
import { Timers } from "./timers.ts";

/** Era of the network; a trust reset begins another. */
export const era = 0;

/** What runs through all parts. */
export function makeBasics(log: Log, networkId: NetworkId) {
  const timers = new Timers();
  const connected = new Signal(timers);
  const clockWatch = new ClockWatch(log);
  return {
    clock: systemClock,
    timers,
    log,
    headMoved: new Signal(timers),
    connected,
    claimed: new Signal(timers),
    claims: new Claims(),
    lag: new LagWatch(),
    signatures: new Signatures(networkId, era),
    refusals: new OwnRefusals(new Signal(timers)),
    heartbeat: new Heartbeat(systemClock, timers),
    clockWatch,
    /** A connection to a member has begun: whoever waits for one, or judges what comes, hears of it. */
    tellConnected: (): void => {
      clockWatch.onConnected(systemClock.nowMs());
      connected.fire();
    },
  };
}

/** Clocks, signals and small records that most parts share. */
export type Basics = ReturnType<typeof makeBasics>;

/** The mempool and its door. */
export function makePool(ledger: Ledger, { clock, signatures }: Basics) {
  const check = (transaction: Transaction) =>
    checkTransaction(ledger.reader, transaction, ledger.contextAt(clock.nowMs()));
  const pool = new Mempool({
    nextSequence: (memberId, lane) => ledger.nextSequence(memberId, lane),
    check,
    memberCount: () => ledger.members.length,
  });
  const door = new AdmissionDoor(pool, {
    steadyMs: () => performance.now(),
    isCommitted: (id) => ledger.store.transaction(id) !== null,
    transactionKey: (transaction) => transactionKey(ledger.reader, transaction),
    isSigned: (transaction, key) => signatures.isSigned(transaction, key),
    check,
  });
  return { pool, door };
}

/** For so many blocks whoever left is given those that say so. Source: docs/PROTOCOL.md section 8 */
const partingHeights = 16;

/**
 * Who left a moment ago and has no vote any more: its node may lack the block that says so, which nobody else
 * would give it.
 */
function partingMembers({ everybody, members, head }: Ledger): readonly LedgerMember[] {
  return everybody.filter((one) => {
    const { leftHeight } = one.state;
    return (
      leftHeight !== null && head.height < leftHeight + partingHeights && !members.includes(one)
    );
  });
}

/** At which height the next of them is a stranger; infinite where none is. */
export function nextPartingEnd(ledger: Ledger): number {
  const ends = partingMembers(ledger).map(({ state }) => (state.leftHeight ?? 0) + partingHeights);
  return Math.min(Number.POSITIVE_INFINITY, ...ends);
}

/** Members as the network needs them: who left the network is a stranger to it, soon. */
export function networkMembers(ledger: Ledger, nowMs: number): readonly NetworkMember[] {
  // Who left is heard as long as its vote is needed, and until it can know that it is out.
  return [...ledger.members, ...partingMembers(ledger)].map(({ memberId, state }) => ({
    memberId,
    networkKey: publicKey(currentKey(state, "network").key),
    formerKeys: formerKeys(state, nowMs).map(({ key }) => publicKey(key)),
    addresses: state.addresses,
  }));
}

/** Network keys that were replaced and serve for a while yet: who rotates starts anew with the next one. */
function formerKeys({ keys }: MemberState, nowMs: number): readonly KeyState[] {
  return keys.filter((key) => {
    return key.role === "network" && key.endMs !== null && servesAt(key, nowMs);
  });
}

/** When the next replaced network key of anybody ends; infinite where none will. */
export function nextKeyEndMs(ledger: Ledger, nowMs: number): number {
  const ends = ledger.members.flatMap(({ state }) =>
    formerKeys(state, nowMs).map(({ endMs }) => endMs ?? Number.POSITIVE_INFINITY),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...ends);
}
