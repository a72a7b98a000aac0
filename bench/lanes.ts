import { decodeStateValue, laneKey } from "@tegata/ledger/chain";
import type { MemberId, StreamId } from "@tegata/ledger/primitives";
import type { Company } from "./consortium.ts";

/** A stream of a member, whose sequence counts its committed transactions. */
export interface LaneName {
  readonly member: MemberId;
  readonly lane: StreamId;
}

/** Sequence of each lane that every company's node has committed, in the order of the lanes. */
export async function committedEverywhere(
  companies: readonly Company[],
  lanes: readonly LaneName[],
): Promise<readonly number[]> {
  const keys = lanes.map(({ member, lane }) => laneKey(member, lane));
  const answers = await Promise.all(companies.map(({ node }) => node.state(keys)));
  return keys.map((_, index) => {
    const sequences = answers.map(({ values }) => {
      const value = values[index];
      return value ? decodeStateValue("lane", value).sequence : 0;
    });
    return Math.min(...sequences);
  });
}
