import type { Status } from "../../src/index.ts";
import type { Deceit, Liar } from "./deceit.ts";

/** Says it is elsewhere than it is, and has what it has not. */
export function heightLiar({ random }: Liar): Deceit {
  const twisted = (status: Status): Status => {
    const full = status.prevotes.map(() => 0xff);
    const empty = status.prevotes.map(() => 0);
    const lies: readonly Status[] = [
      status,
      { ...status, height: status.height + 1 + random.below(1_000) },
      { ...status, height: Math.max(1, status.height - 1 - random.below(3)) },
      { ...status, round: status.round + random.below(100) },
      { ...status, step: "decided" },
      { ...status, step: "prevote", proposal: true, prevotes: full, precommits: full },
      { ...status, step: "propose", proposal: false, prevotes: empty, precommits: empty },
    ];
    return lies[random.below(lies.length)] ?? status;
  };
  return {
    relay: (_, message) =>
      message.kind === "status" ? [{ kind: "status", status: twisted(message.status) }] : [message],
  };
}
