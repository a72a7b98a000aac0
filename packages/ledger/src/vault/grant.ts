import { limits } from "../chain/limits.ts";
import {
  encode,
  fixedBytes,
  fromBytes,
  type Infer,
  idBytes,
  LedgerError,
  list,
  type MemberId,
  type NetworkId,
  type Refusal,
  refuse,
  type StreamId,
  taggedHash,
  toBytes,
  tuple,
  uint,
} from "../primitives/index.ts";
import { openSealed, sealOverheadBytes, sealTo } from "./hpke.ts";
import {
  cover,
  coverNodes,
  coverNodesMax,
  epochMax,
  facetRoot,
  type TreeNode,
  treeDepth,
} from "./key-tree.ts";
import type { XwingKeyPair } from "./xwing.ts";

/** Everything a grant's seal is bound to: it opens nowhere else. */
export interface GrantPlace {
  readonly network: NetworkId;
  readonly streamId: StreamId;
  /** Sequence of the transaction in the stream's lane. */
  readonly sequence: number;
  /** Place of the cover in the transaction, from 0. */
  readonly coverIndex: number;
  readonly owner: MemberId;
  readonly grantee: MemberId;
  /** Version of the grantee's encryption key. */
  readonly keyVersion: number;
  readonly generation: number;
  /** Facet indexes, ascending. */
  readonly facets: readonly number[];
  /** First and last epoch, both included. */
  readonly epochFirst: number;
  readonly epochLast: number;
}

/** What the owner gives from. */
export interface GrantSecrets {
  /** The grantee's X-Wing key: 1,216 bytes. */
  readonly granteeKey: Uint8Array;
  /** Of the generation: 32 bytes. */
  readonly streamRoot: Uint8Array;
  /** Of the stream: 32 bytes. */
  readonly metaKey: Uint8Array;
}

/** The keys of one granted facet. */
export interface GrantedFacet {
  readonly facet: number;
  /** The minimal cover of the span, ascending; what `createKeyTree` takes. */
  readonly nodes: readonly TreeNode[];
}

/** What a grant gives, or why it gives nothing. */
export type OpenedGrant =
  | { readonly ok: true; readonly metaKey: Uint8Array; readonly facets: readonly GrantedFacet[] }
  | Refusal<"LEDGER_SEAL_NOT_OPENED" | "LEDGER_SEAL_CONTENT" | "LEDGER_GRANT_COVER">;

const nodeShape = tuple(uint(treeDepth), uint(epochMax), fixedBytes(32));
const grantShape = tuple(
  fixedBytes(32),
  list(tuple(uint(limits.facetsMax - 1), list(nodeShape, coverNodesMax)), limits.facetsMax),
);
type GrantContent = Infer<typeof grantShape>;

/** What HPKE binds a grant to: 32 bytes. Source: docs/PROTOCOL.md section 5.5. */
export function grantInfo(place: GrantPlace): Uint8Array {
  const bound = encode([
    idBytes(place.network),
    idBytes(place.streamId),
    place.sequence,
    place.coverIndex,
    idBytes(place.owner),
    idBytes(place.grantee),
    place.keyVersion,
    place.generation,
    place.facets,
    place.epochFirst,
    place.epochLast,
  ]);
  return taggedHash("grant-info", bound);
}

/** The size of the seal that {@link sealGrant} will make, to split a grant before it grows too large. */
export function grantSealBytes(
  facets: readonly number[],
  epochFirst: number,
  epochLast: number,
): number {
  const zero = new Uint8Array(32);
  const names = cover(epochFirst, epochLast);
  const nodes = names.map(({ level, index }) => [level, index, zero] as const);
  const content = toBytes(grantShape, [zero, facets.map((facet) => [facet, nodes] as const)]);
  return sealOverheadBytes + content.length;
}

/**
 * Seals the keys of a span of epochs in some facets of a generation to one member's encryption key, with the
 * meta key that opens the schema. Source: docs/PROTOCOL.md section 5.5.
 * @throws LEDGER_BAD_LENGTH, LEDGER_BAD_ENCRYPTION_KEY
 */
export async function sealGrant(place: GrantPlace, secrets: GrantSecrets): Promise<Uint8Array> {
  const facets = place.facets.map((facet) => {
    const root = facetRoot(secrets.streamRoot, { ...place, facet });
    const nodes = coverNodes(root, place.epochFirst, place.epochLast);
    root.fill(0);
    return [facet, nodes.map(({ level, index, node }) => [level, index, node] as const)] as const;
  });
  const content = toBytes(grantShape, [secrets.metaKey, facets]);
  const sealed = await sealTo(secrets.granteeKey, grantInfo(place), content);
  content.fill(0);
  return sealed;
}

function contentOf(plaintext: Uint8Array): GrantContent | null {
  try {
    return fromBytes(grantShape, plaintext);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

function givesExactly(content: GrantContent, place: GrantPlace): boolean {
  const [, facets] = content;
  const names = cover(place.epochFirst, place.epochLast);
  return (
    facets.length === place.facets.length &&
    facets.every(
      ([facet, nodes], at) =>
        facet === place.facets[at] &&
        nodes.length === names.length &&
        nodes.every(
          ([level, index], node) => level === names[node]?.level && index === names[node]?.index,
        ),
    )
  );
}

/**
 * Opens a grant, and gives its keys only if they are exactly the minimal cover of what the transaction
 * names: neither more nor less. Whether they are the *right* keys shows with the first part.
 */
export async function openGrant(
  place: GrantPlace,
  keyPair: XwingKeyPair,
  sealed: Uint8Array,
): Promise<OpenedGrant> {
  const { epochFirst, epochLast } = place;
  if (epochFirst > epochLast || epochLast > epochMax) return refuse("LEDGER_GRANT_COVER");
  const opened = await openSealed(keyPair, grantInfo(place), sealed);
  if (!opened.ok) return opened;
  const content = contentOf(opened.plaintext);
  if (content === null) return refuse("LEDGER_SEAL_CONTENT");
  if (!givesExactly(content, place)) return refuse("LEDGER_GRANT_COVER");
  const [metaKey, facets] = content;
  return {
    ok: true,
    metaKey,
    facets: facets.map(([facet, nodes]) => ({
      facet,
      nodes: nodes.map(([level, index, node]) => ({ level, index, node })),
    })),
  };
}
