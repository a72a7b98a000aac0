import { type Claims, isBehind, type ValidatorSet, withClaim } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";

/** Whether enough validators say to be further than this node. Source: packages/consensus/src/lag.ts. */
export class LagWatch {
  #validators: ValidatorSet = [];
  #claims: Claims = new Map();

  /** A member says to have committed this height. */
  report(validators: ValidatorSet, member: MemberId, committed: number): void {
    if (validators !== this.#validators) {
      const isSame =
        validators.length === this.#validators.length &&
        validators.every(({ key }, index) => this.#validators[index]?.key === key);
      if (!isSame) this.#claims = new Map();
      this.#validators = validators;
    }
    const index = validators.findIndex((one) => one.member === member && !one.suspended);
    if (index === -1) return;
    this.#claims = withClaim(this.#claims, index, committed, performance.now());
  }

  isBehind(height: number, validatorCount: number): boolean {
    return isBehind(this.#claims, height, validatorCount, performance.now());
  }
}
