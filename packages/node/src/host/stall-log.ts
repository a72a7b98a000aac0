import type { ConsensusState } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Log } from "../log.ts";
import type { Ledger } from "./ledger.ts";

/** A height counts as stalled when it should move and has not for this long; then it is told again and again. */
const firstMs = 10_000;
const repeatMs = 30_000;

/** One row of the table that an operator reads when nothing moves. */
export interface StallRow {
  readonly company: string;
  /** Whether it reaches this node, over a connection or through others. */
  readonly present: boolean;
  readonly prevote: string;
  readonly precommit: string;
}

/** What the log is written from. */
export interface StallParts {
  readonly self: MemberId;
  readonly ledger: Pick<Ledger, "members">;
  readonly host: { readonly state: ConsensusState };
  /** Members that reach this node. */
  readonly presence: { present(): ReadonlySet<MemberId> };
  readonly status: { online(): number; quorum(): number };
  readonly log: Pick<Log, "warn" | "info">;
}

type Height = NonNullable<ConsensusState["height"]>;

/** A vote of the round, or else of the one before: a round that has just begun holds none yet. */
function voteWord(
  { rounds, rules }: Height,
  kind: "prevotes" | "precommits",
  voter: number,
): string {
  for (const round of [rules.round, rules.round - 1]) {
    const record = rounds.find((one) => one.round === round);
    const vote = record?.votes[kind].first[voter] ?? null;
    if (vote !== null) return vote.blockId === null ? "nil" : "block";
  }
  return "missing";
}

/** Who voted what in the height in force, by company, in words. */
export function stallTable({ self, ledger, host, presence }: StallParts): readonly StallRow[] {
  const { height } = host.state;
  if (height === null) return [];
  const here = presence.present();
  return height.start.validators.map(({ member, suspended }, voter) => ({
    company: ledger.members.find(({ memberId }) => memberId === member)?.state.name ?? member,
    present: member === self || here.has(member),
    // Nobody waits for a vote that would not count.
    prevote: suspended ? "suspended" : voteWord(height, "prevotes", voter),
    precommit: suspended ? "suspended" : voteWord(height, "precommits", voter),
  }));
}

/** Names the companies that a height waits for, while it takes long; looked at every second. */
export class StallLog {
  readonly #parts: StallParts;
  #height = 0;
  #sinceMs: number | null = null;
  #toldMs: number | null = null;

  constructor(parts: StallParts) {
    this.#parts = parts;
  }

  look(nowMs: number): void {
    const { host, status } = this.#parts;
    const { height, isBehind } = host.state;
    const number = height?.start.height ?? 0;
    if (number !== this.#height) this.#end(nowMs);
    this.#height = number;
    if (height === null || isBehind) return;
    const { isProposable, rules } = height;
    // An idle network decides nothing and lacks nobody.
    const isBusy = isProposable || rules.round > 0 || rules.step !== "propose";
    if (!isBusy && status.online() >= status.quorum()) {
      this.#end(nowMs);
      return;
    }
    this.#sinceMs ??= nowMs;
    const dueMs = this.#toldMs === null ? this.#sinceMs + firstMs : this.#toldMs + repeatMs;
    if (nowMs < dueMs) return;
    this.#toldMs = nowMs;
    this.#tell(nowMs - this.#sinceMs, rules.round);
  }

  #tell(waitedMs: number, round: number): void {
    const votes = stallTable(this.#parts);
    const missing = votes
      .filter(({ present, prevote, precommit }) => {
        if (prevote === "suspended") return false;
        return !present || (prevote === "missing" && precommit === "missing");
      })
      .map(({ company }) => company);
    const fields = { height: this.#height, round, seconds: Math.round(waitedMs / 1_000) };
    this.#parts.log.warn(
      { ...fields, missing, votes },
      "nothing is decided: companies are missing",
    );
  }

  #end(nowMs: number): void {
    if (this.#toldMs !== null && this.#sinceMs !== null) {
      const seconds = Math.round((nowMs - this.#sinceMs) / 1_000);
      this.#parts.log.info({ height: this.#height, seconds }, "the network goes on");
    }
    this.#sinceMs = null;
    this.#toldMs = null;
  }
}
