import type { MemberId } from "@tegata/ledger/primitives";

/** What says nothing of the member that was asked. */
const blameless: ReadonlySet<string> = new Set([
  "NODE_REQUESTS_FULL",
  "NODE_NOT_CONNECTED",
  "NODE_DISCONNECTED",
  "NODE_REQUEST_ABORTED",
]);

/** Whether a failed question is a reason to ask others first. */
export function isBlame(code: string): boolean {
  return !blameless.has(code);
}

/** Members that gave nothing, or nonsense, and are left alone for a while. */
export class MembersAvoided {
  readonly #untilMs = new Map<MemberId, number>();

  avoid(member: MemberId, timeMs: number): void {
    const untilMs = performance.now() + timeMs;
    this.#untilMs.set(member, Math.max(untilMs, this.#untilMs.get(member) ?? 0));
  }

  has(member: MemberId): boolean {
    return (this.#untilMs.get(member) ?? 0) > performance.now();
  }
}
