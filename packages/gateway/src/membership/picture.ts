import { decodeStateKey, decodeStateValue } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";
import type { MembershipNews } from "./news.ts";
import { copyTables } from "./state-copy.ts";

/** Who the members are, as far as it changes without a transaction that says so. */
export interface MembershipPicture {
  readonly members: Readonly<
    Record<string, { readonly rootKey: string; readonly hasLeft: boolean }>
  >;
  /** Of each voter, whether it is suspended. */
  readonly voters: Readonly<Record<string, boolean>>;
  /** Versions of the protocol that were decided, with the height of each. */
  readonly versions: Readonly<Record<string, number>>;
}

const tables = ["member", "validators", "protocolVersions", "clock"] as const;

/** The picture of the node's head state. @throws what the node's client throws */
export async function takePicture(
  node: NodeClient,
): Promise<{ readonly height: number; readonly picture: MembershipPicture }> {
  const copy = await copyTables(node, tables);
  const members = copy.entries("member").flatMap(([key, value]) => {
    const name = decodeStateKey(key);
    if (name.table !== "member") return [];
    const { rootKey, leftHeight } = decodeStateValue("member", value);
    return [[name.memberId, { rootKey, hasLeft: leftHeight !== null }] as const];
  });
  const voters = copy
    .entries("validators")
    .flatMap(([, value]) => decodeStateValue("validators", value))
    .map(({ member, suspended }) => [member, suspended] as const);
  const versions = copy
    .entries("protocolVersions")
    .flatMap(([, value]) => decodeStateValue("protocolVersions", value))
    .map(({ version, height }) => [`${version}`, height] as const);
  const [clock] = copy.entries("clock");
  return {
    height: clock === undefined ? 0 : decodeStateValue("clock", clock[1]).height,
    picture: {
      members: Object.fromEntries(members),
      voters: Object.fromEntries(voters),
      versions: Object.fromEntries(versions),
    },
  };
}

/**
 * What the members decided, or evidence did, between two pictures. Whoever left is in it as removed, unless it is
 * among those that said so themselves.
 */
export function newsBetween(
  before: MembershipPicture,
  after: MembershipPicture,
  saidItself: (member: MemberId) => boolean,
): readonly MembershipNews[] {
  const news: MembershipNews[] = [];
  const add = (change: MembershipNews["change"], member: MemberId | null, detail = {}): void => {
    news.push({ change, member, by: null, detail });
  };
  for (const [name, now] of Object.entries(after.members)) {
    const member = name as MemberId;
    const then = before.members[name];
    if (then === undefined) add("admitted", member);
    if (now.hasLeft && then?.hasLeft !== true && !saidItself(member)) add("removed", member);
    if (then !== undefined && then.rootKey !== now.rootKey) add("root-replaced", member);
    const [was, is] = [before.voters[name], after.voters[name]];
    if (was === undefined && is !== undefined) add("voting", member);
    if (was !== undefined && is === undefined && !now.hasLeft) add("stood-down", member);
    if (was !== true && is === true) add("suspended", member);
    if (was === true && is === false) add("readmitted", member);
  }
  for (const [version, height] of Object.entries(after.versions)) {
    if (before.versions[version] !== height) {
      add("version-decided", null, { version: Number(version), height });
    }
  }
  return news;
}
