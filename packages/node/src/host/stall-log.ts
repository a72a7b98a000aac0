import type { ConsensusState } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Log } from "../log.ts";
import type { Ledger } from "./ledger.ts";

/** From this round on a height counts as stalled. */
const stalledRound = 3;

/** One row of the table that an operator reads when nothing moves. */
interface StallRow {
  readonly company: string;
  readonly connected: boolean;
  readonly prevote: string;
  readonly precommit: string;
}

/** What members voted in the round before the current one, in words. */
export function stallTable(
  state: ConsensusState,
  ledger: Ledger,
  connected: readonly MemberId[],
  self: MemberId,
): readonly StallRow[] {
  const { height } = state;
  if (height === null) return [];
  const round = height.rounds.find((record) => record.round === height.rules.round - 1);
  const word = (vote: { readonly blockId: string | null } | null | undefined): string =>
    vote === null || vote === undefined ? "missing" : vote.blockId === null ? "nil" : "block";
  return height.start.validators.map(({ member, suspended }, index) => ({
    company: ledger.members.find(({ memberId }) => memberId === member)?.state.name ?? member,
    connected: member === self || connected.includes(member),
    // Nobody waits for a vote that would not count.
    prevote: suspended ? "suspended" : word(round?.votes.prevotes.first[index]),
    precommit: suspended ? "suspended" : word(round?.votes.precommits.first[index]),
  }));
}

/** Writes who is missing when a height takes more than three rounds. */
export function logStall(
  log: Log,
  state: ConsensusState,
  ledger: Ledger,
  connected: readonly MemberId[],
  self: MemberId,
): void {
  const round = state.height?.rules.round ?? 0;
  if (round < stalledRound) return;
  const rows = stallTable(state, ledger, connected, self);
  const missing = rows
    .filter(({ connected: isThere, precommit }) => {
      return precommit === "missing" || (!isThere && precommit !== "suspended");
    })
    .map((row) => row.company);
  const height = state.height?.start.height ?? 0;
  log.info({ height, round, missing, votes: rows }, "the height takes long: votes are missing");
}
