import { type BlockHeader, decodeHeader, limits, type SetChange } from "@tegata/ledger/chain";
import type { Hash } from "@tegata/ledger/primitives";
import type { NodeClient } from "@tegata/node/client";
import { GatewayError } from "./errors.ts";

/**
 * The heights below a block's that changed the set of validators, as a proof about it needs them.
 * `founders` is the hash of the set that decided block 1.
 * @throws GATEWAY_PROOF_TOO_LONG, GATEWAY_PROOF_GAP
 */
export async function readSteps(
  node: Pick<NodeClient, "setChanges">,
  founders: Hash,
  block: BlockHeader,
): Promise<readonly SetChange[]> {
  const { height } = block;
  const steps: SetChange[] = [];
  let heightFirst: number | null = 1;
  while (heightFirst !== null) {
    const { changes, more } = await node.setChanges(heightFirst, height);
    if (steps.length + changes.length > limits.proofStepsMax) {
      throw new GatewayError("GATEWAY_PROOF_TOO_LONG", { height, most: limits.proofStepsMax });
    }
    for (const { header, certificate, nextValidators } of changes) {
      steps.push({
        header: Uint8Array.from(header),
        certificate: Uint8Array.from(certificate),
        nextValidators: Uint8Array.from(nextValidators),
      });
    }
    const last = changes.at(-1);
    heightFirst = more && last !== undefined ? last.height + 1 : null;
  }
  if (!leads(founders, steps, block)) throw new GatewayError("GATEWAY_PROOF_GAP", { height });
  return steps;
}

/** A store that is older than its index of changes lacks some; such a proof would prove nothing. */
function leads(founders: Hash, steps: readonly SetChange[], block: BlockHeader): boolean {
  let known = founders;
  for (const step of steps) {
    const { validatorsHash, nextValidatorsHash } = decodeHeader(step.header);
    if (validatorsHash !== known) return false;
    known = nextValidatorsHash;
  }
  return block.validatorsHash === known;
}
