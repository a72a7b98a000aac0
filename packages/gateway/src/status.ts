import { assert, sha256, toHex } from "@tegata/ledger/primitives";
import type { NodeClient, NodeStatus } from "@tegata/node/client";
import type { Parting } from "./api/membership-schemas.ts";
import type { Member, MemberDetail, Reach, Standing, Status } from "./api/schemas.ts";
import type { Book } from "./book/book.ts";
import type { Clock } from "./clock.ts";
import type { Company } from "./company.ts";
import type { Keyring } from "./keyring.ts";
import type { Members } from "./members.ts";
import { closings } from "./membership/closing.ts";
import type { Council } from "./membership/council.ts";
import { readSeat } from "./membership/seat.ts";
import { isNodeAway } from "./node-away.ts";
import type { Dispatch } from "./outbox/dispatch.ts";
import type { Outbox } from "./outbox/outbox.ts";
import { plantFacts } from "./plant/clerk.ts";
import type { Plant } from "./plant/plant.ts";
import type { Streams } from "./streams.ts";
import { version } from "./version.ts";

/** What the state of a gateway is read from. */
export interface StatusParts {
  readonly node: NodeClient;
  readonly company: Company;
  readonly book: Book;
  readonly keyring: Keyring;
  readonly members: Members;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly dispatch: Dispatch;
  readonly streams: Streams;
  readonly council: Council;
  readonly plant: Plant;
}

const nodePatienceMs = 2_000;

/** The node's status, or null when it does not answer soon. */
async function askNode(node: NodeClient): Promise<NodeStatus | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), nodePatienceMs);
  });
  const asked = node.status().catch((error: unknown) => {
    if (isNodeAway(error)) return null;
    throw error;
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What of the outbox is not on the ledger, as people count it. */
function countsIn(outbox: Outbox) {
  let [rows, changes] = [0, outbox.control.waitingCount];
  let oldestMs: number | null = null;
  for (const { kind, rowCount, acknowledgedMs } of outbox.heads()) {
    oldestMs ??= acknowledgedMs;
    if (kind === "rows") rows += rowCount;
    else changes += 1;
  }
  return { rows, changes, oldestMs };
}

/** How this gateway and its node stand. */
export async function readStatus(parts: StatusParts): Promise<Status> {
  const { company, book, keyring, outbox, dispatch, streams, council } = parts;
  const node = await askNode(parts.node);
  const parting = node === null ? null : await partingOf(parts);
  const { waiting, inFlight, parked } = dispatch.counts();
  const { rows, changes, oldestMs } = countsIn(outbox);
  const { member, handle, name } = company;
  return {
    version,
    company: { member, handle, name },
    network: { id: company.network, name: company.networkName },
    node: node === null ? null : nodeAnswer(node),
    outbox: {
      waiting,
      inFlight,
      rows,
      changes,
      refused: outbox.refused.rowCount,
      oldestMs,
      hoursLeft: outbox.hoursLeft(parts.clock.nowMs()),
      parked: parked.map(({ stream, code }) => ({ stream: streams.label(stream), code })),
    },
    governance: { openVotes: council.openVotes, parting },
    streams: {
      mine: [...keyring.ownStreams()].length,
      sharedWithMe: [...keyring.receivedStreams()].filter((id) => book.stream(id) !== null).length,
    },
    plant: plantFacts(parts.plant),
    closings: closings(parts).map(({ member: of, reason, streams: all, open }) => {
      return { company: parts.members.company(of), reason, streams: all, open };
    }),
  };
}

async function partingOf({ node, company, outbox }: StatusParts): Promise<Parting | null> {
  try {
    return (await readSeat({ node, company, jobs: outbox.control }))?.parting ?? null;
  } catch (error) {
    if (isNodeAway(error)) return null;
    throw error;
  }
}

function nodeAnswer(node: NodeStatus): NonNullable<Status["node"]> {
  const {
    state,
    height,
    headTimeMs,
    round,
    proposer,
    quorum,
    mempool,
    sync,
    payloadsMissing,
    clockAheadMs,
  } = node;
  return {
    ...{ version: node.version, state, height, headTimeMs, round, proposer, quorum },
    members: node.members.map((one) => ({
      member: one.member,
      handle: one.handle,
      name: one.name,
      connected: one.connected,
      self: one.self,
      ...standingAnswer(one),
      ...reachAnswer(one),
      lastSeenMs: one.lastSeenMs,
    })),
    mempool: { transactions: mempool.transactions, bytes: mempool.bytes },
    sync: { kind: sync.kind, done: sync.done, of: sync.of },
    payloadsMissing,
    clockAheadMs,
  };
}

function standingAnswer({ standing, sinceHeight, offenceHeight }: Standing): Standing {
  return { standing, sinceHeight, offenceHeight };
}

function reachAnswer({ reach, reachSinceMs, version: program, dialFailure }: Reach): Reach {
  return { reach, reachSinceMs, version: program, dialFailure };
}

/** Of a member that joined since the node was asked. */
const joining: Standing & Reach = {
  ...{ standing: "following", sinceHeight: 0, offenceHeight: null },
  ...{ reach: null, reachSinceMs: null, version: null, dialFailure: null },
};

/** One member with its keys. @throws GATEWAY_COMPANY_UNKNOWN, and what the node's client throws */
export async function readMember(parts: StatusParts, company: string): Promise<MemberDetail> {
  const member = await parts.members.find(company);
  const found = (await readMembers(parts)).find((one) => one.member === member);
  const state = parts.members.state(member);
  assert(found !== undefined && state !== null, "a member that was found is in the list");
  const { admission, rootKey } = state;
  const keys = state.keys.map(({ role, version, key, height, endMs, isCompromised }) => {
    return { role, version, key: toHex(sha256(key)), height, endMs, isCompromised };
  });
  return { ...found, admission, rootKey, keys };
}

/** The members of the network with what the node sees of them. @throws what the node's client throws */
export async function readMembers(parts: StatusParts): Promise<readonly Member[]> {
  const { members, company } = parts;
  const [node] = await Promise.all([parts.node.status(), members.refresh()]);
  const seen = new Map(node.members.map((one) => [one.member, one]));
  return [...members.all()].map(([member, state]) => ({
    member,
    handle: state.handle,
    name: state.name,
    addresses: [...state.addresses],
    validator: members.isValidator(member),
    connected: seen.get(member)?.connected === true || seen.get(member)?.self === true,
    ...standingAnswer(seen.get(member) ?? joining),
    ...reachAnswer(seen.get(member) ?? joining),
    self: member === company.member,
    joinedHeight: state.joinedHeight,
    leftHeight: state.leftHeight,
  }));
}
