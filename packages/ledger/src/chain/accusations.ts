import type { MemberId } from "../primitives/ids.ts";
import {
  checkOffence,
  type EvidenceRefusal,
  type Offence,
  type OffenceFacts,
  type OffenceVerdict,
} from "./roster/offence.ts";
import type { Validator } from "./roster/shapes.ts";
import { suspend, validatorOf } from "./roster/validators.ts";
import { offenceFactsOf, writeEvidence } from "./roster-state.ts";
import { readValidators } from "./state-values.ts";
import type { StateView } from "./state-view.ts";

/** Reads a piece of evidence and verifies its signatures; null for bytes that prove nothing. */
export type OffenceReader = (evidence: Uint8Array) => Offence | null;

/** A piece of evidence that a block may not carry. */
export interface RefusedEvidence {
  readonly ok: false;
  readonly reason: EvidenceRefusal;
}

/** The evidence of a block, taken one piece after the other. Source: docs/PROTOCOL.md 5.10, step 1. */
export class Accusations {
  readonly members: MemberId[] = [];
  readonly #view: StateView;
  readonly #height: number;
  readonly #offenceOf: OffenceReader;
  readonly #facts: OffenceFacts;
  #validators: readonly Validator[];

  constructor(view: StateView, height: number, offenceOf: OffenceReader) {
    this.#view = view;
    this.#height = height;
    this.#offenceOf = offenceOf;
    this.#validators = readValidators(view);
    this.#facts = {
      ...offenceFactsOf(view),
      isSuspended: (member) => validatorOf(this.#validators, member)?.suspended === true,
    };
  }

  /** Records a piece of evidence, unless it is not allowed after those before it. */
  take(evidence: Uint8Array): OffenceVerdict {
    const offence = this.#offenceOf(evidence);
    if (offence === null) return { ok: false, reason: "not-proven" };
    const verdict = checkOffence(offence, this.#height, this.#facts);
    if (!verdict.ok) return verdict;
    const { member } = verdict;
    writeEvidence(this.#view, offence.key, offence.height, { member, height: this.#height });
    this.#validators = suspend(this.#validators, member);
    this.members.push(member);
    return verdict;
  }
}
