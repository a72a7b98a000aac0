import { limits, type SetChange } from "@tegata/ledger/chain";
import { refuse } from "@tegata/ledger/primitives";
import { type Light, type LightVerdict, stepTo } from "./light.ts";

/** A decided block, as a stranger gives it. */
export interface DecidedBlock {
  readonly header: Uint8Array;
  /** A commit certificate for it. */
  readonly certificate: Uint8Array;
}

/**
 * Goes from what was followed to one later block by way of the heights that changed the set of validators,
 * ascending, each of them and nothing else; at most `proofStepsMax`. Only the set that comes next is ever
 * kept. Never throws for what is in the bytes, and ends with the first step that does not fit.
 * Source: docs/PROTOCOL.md, section 5.9.
 */
export function reach(
  start: Light,
  steps: readonly SetChange[],
  block: DecidedBlock,
): LightVerdict {
  if (steps.length > limits.proofStepsMax) {
    return refuse("LIGHT_STEPS", { most: limits.proofStepsMax, actual: steps.length });
  }
  let light = start;
  let validators: Uint8Array | null = null;
  for (const { header, certificate, nextValidators } of steps) {
    const verdict = stepTo(light, { header, certificate, validators });
    if (!verdict.ok) return verdict;
    light = verdict.light;
    if (light.nextValidatorsHash === light.validatorsHash) return refuse("LIGHT_SET_UNCHANGED");
    validators = nextValidators;
  }
  return stepTo(light, { ...block, validators });
}
