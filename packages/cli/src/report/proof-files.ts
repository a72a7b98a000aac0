import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GatewayClient, Stream } from "@tegata/gateway/client";
import type { NetworkId } from "@tegata/ledger/primitives";
import { refusalCode } from "../commands/gateway.ts";
import { type CheckedProof, checkProof } from "../proof/check.ts";
import type { ProofWish } from "./proof-wishes.ts";

/** A proof file beside a page, and what it says. */
export interface KeptProof extends ProofWish {
  /** Its name in the folder. */
  readonly file: string;
  readonly checked: CheckedProof;
}

/** Why a ledger or a right may have no proof of a record, although the record can be read. */
const noProof = new Set([
  "GATEWAY_PROOF_TOO_LONG",
  "GATEWAY_PROOF_GAP",
  "GATEWAY_PAYLOAD_MISSING",
  "GATEWAY_RECORD_DELETED",
  "GATEWAY_PART_REFUSED",
  "GATEWAY_FACET_UNKNOWN",
]);

/** Where proofs come from, and where their files go. */
export interface ProofPlace {
  readonly gateway: GatewayClient;
  readonly stream: Stream;
  /** How the stream is called at the gateway. */
  readonly asked: string;
  readonly network: NetworkId;
  readonly folder: string;
}

/**
 * Writes proofs into a folder and checks each as its readers will. Those that cannot be made are left out.
 * @throws CLI_PROOF_INVALID, and what the gateway refuses for other reasons
 */
export async function writeProofs(
  { gateway, stream, asked, network, folder }: ProofPlace,
  wishes: readonly ProofWish[],
  report: (done: number) => void,
): Promise<readonly KeptProof[]> {
  const kept: KeptProof[] = [];
  for (const [index, wish] of wishes.entries()) {
    report(index);
    const text = await gateway.proof({ stream: asked, ...wish }).catch(leaveOut);
    if (text === null) continue;
    const checked = checkProof(text, network);
    const file = fileName(wish, stream);
    await writeFile(join(folder, file), text, { flag: "wx", mode: 0o600 });
    kept.push({ ...wish, file, checked });
  }
  return kept;
}

function leaveOut(error: unknown): null {
  if (noProof.has(refusalCode(error) ?? "")) return null;
  throw error;
}

/** Only digits, letters and dots: names of facets and fields are those of others, and may be anything. */
function fileName({ record, facet, field }: ProofWish, stream: Stream): string {
  const facetNumber = stream.facets.findIndex(({ name }) => name === facet) + 1;
  const fieldNumber = stream.fields.findIndex(({ name }) => name === field) + 1;
  const part = field === null ? `facet${facetNumber}` : `facet${facetNumber}-field${fieldNumber}`;
  return `${record}-${part}.tegata-proof.json`;
}
