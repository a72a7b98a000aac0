import { type Answer, type ConsensusState, type Question, wordsOf } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import type { Timers } from "../timers.ts";
import type { Signer } from "./signer.ts";

/** What a recovery is carried out with. */
export interface GuardRecoveryParts {
  readonly member: MemberId;
  readonly signer: Signer;
  readonly timers: Timers;
  readonly state: () => ConsensusState;
  /** Whether another process with the own key may still speak up. */
  readonly isHeld: () => boolean;
  readonly ask: (question: Question) => void;
}

/** The guard that was made anew. */
export interface RecoveredGuard {
  /** Height at which all others were asked. */
  readonly height: number;
  /** Own messages of it that are known. */
  readonly messages: number;
}

const periodMs = 500;

/**
 * Makes the signer guard anew from what every other validator holds of the height after the head, for a
 * height that cannot end without this node. One answer too few and nothing is made: the one that is missing
 * may be the one that holds the lock. Source: docs/protocol-consensus.md section 6.6.
 */
export class GuardRecovery {
  readonly #answers = new Map<MemberId, Answer>();
  #parts: GuardRecoveryParts | null = null;
  #height = 0;
  #isDone = false;
  readonly #recovered = Promise.withResolvers<RecoveredGuard>();

  /** Resolves when the guard is on the disk. */
  get recovered(): Promise<RecoveredGuard> {
    return this.#recovered.promise;
  }

  begin(parts: GuardRecoveryParts): void {
    this.#parts = parts;
    parts.timers.every(periodMs, () => this.#step(parts));
  }

  /** A verified answer of a member; of another height than the one in force it is forgotten. */
  take(member: MemberId, answer: Answer): void {
    const start = this.#parts?.state().height?.start;
    if (start === undefined || start.height !== answer.height || answer.voter !== start.self)
      return;
    this.#enter(start.height);
    this.#answers.set(member, answer);
  }

  /** Validators that have not answered for the height in force. */
  missing(): readonly MemberId[] {
    const start = this.#parts?.state().height?.start;
    const validators = start?.validators ?? [];
    return validators
      .filter((one) => one.member !== this.#parts?.member && !one.suspended)
      .map(({ member }) => member)
      .filter((member) => !this.#answers.has(member));
  }

  #enter(height: number): void {
    if (this.#height === height) return;
    this.#height = height;
    this.#answers.clear();
  }

  #step({ state, isHeld, ask, signer }: GuardRecoveryParts): void {
    const record = state().height;
    if (record === null || record.start.self === null || this.#isDone) return;
    const { height, self } = record.start;
    this.#enter(height);
    ask({ height, voter: self });
    if (this.missing().length > 0 || isHeld()) return;
    this.#isDone = true;
    // The own log may hold what reached nobody.
    const own: Answer = { height, voter: self, ...wordsOf(record, self) };
    signer.recover([...this.#answers.values(), own]).then(
      (guard) => this.#recovered.resolve({ height, messages: guard.said.length }),
      (error: unknown) => this.#recovered.reject(error),
    );
  }
}
