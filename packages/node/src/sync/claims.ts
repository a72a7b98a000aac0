import { faultyMax, type ValidatorSet } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";

/** How far each other member says to be; where blocks can be asked for. Nothing here is proven. */
export class Claims {
  readonly #heights = new Map<MemberId, number>();

  /** A member says to have committed this height; true if that is more than it said before. */
  report(member: MemberId, height: number): boolean {
    if ((this.#heights.get(member) ?? -1) >= height) return false;
    this.#heights.set(member, height);
    return true;
  }

  /** A member is gone, or did not have what it claimed. */
  forget(member: MemberId): void {
    this.#heights.delete(member);
  }

  /** Members that claim to have committed this height. */
  holders(height: number): readonly MemberId[] {
    return [...this.#heights].flatMap(([member, claimed]) => (claimed >= height ? [member] : []));
  }

  /** The highest height that anybody claims, 0 for none. */
  highest(): number {
    return Math.max(0, ...this.#heights.values());
  }

  /**
   * The highest height that somebody honest claims while at most f of these validators lie, 0 for none.
   * Whoever has no vote may lie in any number and is not counted.
   */
  credible(validators: ValidatorSet): number {
    const claimed = validators.flatMap(({ member }) => this.#heights.get(member) ?? []);
    claimed.sort((one, other) => other - one);
    return claimed[faultyMax(validators.length)] ?? 0;
  }
}
