import { encode } from "../../primitives/codec.ts";
import { accepted } from "../../primitives/errors.ts";
import { taggedHash } from "../../primitives/hash.ts";
import { idBytes, type StreamId, toHex } from "../../primitives/ids.ts";
import type { BlockContext } from "../context.ts";
import { refuseTransaction, type TransactionVerdict } from "../refusal.ts";
import type { StreamState } from "../state-tables.ts";
import { currentKey, keyOfVersion, readMember, servesAt, writeGrant } from "../state-values.ts";
import type { StateReader, StateView } from "../state-view.ts";
import type { TransactionOf } from "../transaction.ts";
import type { GrantCover } from "../transaction-body.ts";
import type { GrantId } from "../wire-shapes.ts";
import { ownStream } from "./own-stream.ts";

/** Identity of the grant that a cover of a `grant` transaction makes. Source: docs/PROTOCOL.md, section 2. */
export function grantId(stream: StreamId, sequence: number, coverIndex: number): GrantId {
  const place = encode([idBytes(stream), sequence, coverIndex]);
  return toHex(taggedHash("grant", place).subarray(0, 16)) as GrantId;
}

/** Every cover opens what exists to another member, sealed to the key this member has at block start. */
export function checkGrant(
  view: StateReader,
  transaction: TransactionOf<"grant">,
  context: BlockContext,
): TransactionVerdict {
  const own = ownStream(view, transaction);
  if (!own.ok) return own;
  for (const [coverIndex, cover] of transaction.body.entries()) {
    const verdict = checkCover(own.stream, cover, coverIndex, context);
    if (!verdict.ok) return verdict;
  }
  return accepted;
}

function checkCover(
  stream: StreamState,
  cover: GrantCover,
  coverIndex: number,
  context: BlockContext,
): TransactionVerdict {
  const { grantee, keyVersion, generation, facets, epochFirst, epochLast } = cover;
  const member = grantee === stream.owner ? null : readMember(context.startOfBlock, grantee);
  if (member === null) return refuseTransaction("LEDGER_TX_GRANTEE", { coverIndex, grantee });
  if (member.leftHeight !== null) {
    return refuseTransaction("LEDGER_TX_GRANTEE_LEFT", { coverIndex, grantee });
  }
  const key = keyOfVersion(member, "encryption", keyVersion);
  if (key === null || !servesAt(key, context.timeMs)) {
    const expected = currentKey(member, "encryption").version;
    const detail = { coverIndex, expected, actual: keyVersion };
    return refuseTransaction("LEDGER_TX_GRANTEE_KEY", detail);
  }
  if (generation > stream.generation) {
    const detail = { coverIndex, expected: stream.generation, actual: generation };
    return refuseTransaction("LEDGER_TX_GENERATION", detail);
  }
  const facetLast = facets[facets.length - 1] ?? 0;
  if (facetLast >= stream.facets.length) {
    return refuseTransaction("LEDGER_TX_FACETS", { coverIndex, facet: facetLast });
  }
  if (epochFirst > epochLast) {
    return refuseTransaction("LEDGER_TX_SPAN", { coverIndex, epochFirst, epochLast });
  }
  return accepted;
}

/** Adds a grant for every cover. */
export function applyGrant(
  view: StateView,
  transaction: TransactionOf<"grant">,
  context: BlockContext,
): void {
  const { lane, sequence, id } = transaction;
  for (const [coverIndex, cover] of transaction.body.entries()) {
    writeGrant(view, lane, grantId(lane, sequence, coverIndex), {
      grantee: cover.grantee,
      keyVersion: cover.keyVersion,
      generation: cover.generation,
      facets: cover.facets,
      epochFirst: cover.epochFirst,
      epochLast: cover.epochLast,
      transactionId: id,
      coverIndex,
      height: context.height,
      endedHeight: null,
    });
  }
}
