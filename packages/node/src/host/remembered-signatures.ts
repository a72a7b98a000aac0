import type { VerifySignature } from "@tegata/consensus";
import { toHex } from "@tegata/ledger/primitives";

/** Good signatures that are remembered: those of a few certificates of the largest network. */
const signaturesMax = 1_024;

/**
 * Verifies as `verify` does, each good signature once: of one height there are several certificates, the own
 * copy, those of others and the one that the next block carries, and they share most of their votes.
 */
export function remembering(verify: VerifySignature, max = signaturesMax): VerifySignature {
  const good = new Set<string>();
  return (key, message, signature) => {
    const name = `${key} ${toHex(message)} ${toHex(signature)}`;
    if (good.has(name)) return true;
    if (!verify(key, message, signature)) return false;
    good.add(name);
    if (good.size > max) {
      for (const oldest of good) {
        good.delete(oldest);
        break;
      }
    }
    return true;
  };
}
