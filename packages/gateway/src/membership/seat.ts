import {
  barredKey,
  consensusKeyKey,
  currentKey,
  decodeStateValue,
  type MemberState,
  memberKey,
  validatorChangesKey,
  validatorsKey,
} from "@tegata/ledger/chain";
import { publicKey } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";
import type { Parting, Seat } from "../api/membership-schemas.ts";
import type { Company } from "../company.ts";
import type { ControlJobs } from "../outbox/control-jobs.ts";

/** What an own seat is read from. */
export interface SeatParts {
  readonly node: NodeClient;
  readonly company: Company;
  /** What this company has asked for and no block holds yet. */
  readonly jobs: ControlJobs;
}

/** The own seat with what decides whether it can be had again. */
export interface OwnSeat extends Seat {
  readonly isBarred: boolean;
  /** Whether the current consensus key has voted: it never does again once it left the set. */
  readonly isKeyUsed: boolean;
}

/**
 * Where this company stands on the way to a vote and from it, by the node's head state; null before it is a
 * member. @throws what the node's client throws. Source: docs/PROTOCOL.md 5.10 and 5.12
 */
export async function readSeat({ node, company, jobs }: SeatParts): Promise<OwnSeat | null> {
  const { member } = company;
  const keys = [memberKey(member), validatorsKey, validatorChangesKey, barredKey(member)];
  const { height, values } = await node.state(keys);
  const [own, set, waiting, barred] = values.map((value) =>
    value ? Uint8Array.from(value) : null,
  );
  if (!own || !set || !waiting) return null;
  const state = decodeStateValue("member", own);
  const isVoter = decodeStateValue("validators", set).some((one) => one.member === member);
  const changes = decodeStateValue("validatorChanges", waiting).filter(
    (change) => change.member === member,
  );
  const asked = partingIn(jobs);
  const hasLeft = state.leftHeight !== null;
  const isRemoved = changes.some(({ type }) => type === "remove");
  const isEntering = changes.some(({ type }) => type === "add");
  const parting = asked ?? (isVoter && isRemoved ? (hasLeft ? "leave" : "stand-down") : null);
  return {
    state: isVoter ? "voting" : hasLeft ? "left" : isEntering ? "entering" : "following",
    parting,
    admission: state.admission,
    height,
    isBarred: barred !== null,
    isKeyUsed: await isUsed(node, state),
  };
}

async function isUsed(node: NodeClient, state: MemberState): Promise<boolean> {
  const key = publicKey(currentKey(state, "consensus").key);
  const [row] = (await node.state([consensusKeyKey(key)])).values;
  return row !== null && row !== undefined;
}

function partingIn(jobs: ControlJobs): Parting | null {
  for (const { content } of jobs.waiting()) {
    if (content.kind === "leave" || content.kind === "stand-down") return content.kind;
  }
  return null;
}
