import { decodeSchema, encodeSchema } from "@tegata/ledger/chain";
import { encode, LedgerError } from "@tegata/ledger/primitives";
import {
  coverNodes,
  createXwingKeyPair,
  facetRoot,
  openEncryptionSeed,
  openGrant,
  openMeta,
  openPart,
  openStreamSecrets,
  sealMeta,
  sealStreamSecrets,
  sealTo,
} from "@tegata/ledger/vault";
import { batchHeaderHash } from "../../../packages/ledger/src/vault/batch-header.ts";
import { sealCommitted } from "../../../packages/ledger/src/vault/committed-seal.ts";
import { grantInfo } from "../../../packages/ledger/src/vault/grant.ts";
import { paddedLength } from "../../../packages/ledger/src/vault/padding.ts";
import { partSecret } from "../../../packages/ledger/src/vault/part-keys.ts";
import {
  bytesOf,
  epochKeyOf,
  grantPlace,
  metaKey,
  network,
  owner,
  partOf,
  sealedBatch,
  stream,
  streamRoot,
  telemetry,
} from "../../../packages/ledger/test/vault/fixtures.ts";
import { accepted, type Door, refusalIn, refused, type Verdict } from "../door.ts";
import { isCanonical } from "./canonical.ts";

type Answer = { readonly ok: true } | { readonly ok: false; readonly code: string };

async function verdictOf(open: () => Answer | Promise<Answer>): Promise<Verdict> {
  try {
    const answer = await open();
    return answer.ok ? accepted : refused(answer.code);
  } catch (error) {
    return refusalIn(error, [LedgerError]);
  }
}

const reader = createXwingKeyPair(bytesOf("reader"));
const sealed = sealedBatch();
const honest = partOf(sealed, 0);
const metaPlace = { network, owner, streamId: stream };
const recoveryPlace = { member: owner, streamId: stream, generation: 1 };
const recoverySeal = await sealStreamSecrets(reader.publicKey.bytes, recoveryPlace, {
  streamRoot,
  metaKey,
});

const schema = encodeSchema({
  name: "press-3",
  zone: "Asia/Tokyo",
  kind: "rows",
  facets: [{ name: "data" }],
  fields: [{ name: "force", type: "decimal", facet: 0, unit: "kN" }],
});

/** The keys of a grant, as an honest owner would give them. */
function grantContent(): Uint8Array {
  const { facets, epochFirst, epochLast } = grantPlace;
  const granted = facets.map((facet) => {
    const root = facetRoot(streamRoot, { network, streamId: stream, generation: 1, facet });
    const nodes = coverNodes(root, epochFirst, epochLast);
    return [facet, nodes.map(({ level, index, node }) => [level, index, node])];
  });
  return encode([metaKey, granted]);
}

/** A part that holds what a dishonest owner likes, sealed and bound as it should be. */
function sealedPart(content: Uint8Array): Parameters<typeof openPart>[0] {
  const { rnd, facets, payloadSizes } = honest;
  const padded = paddedLength(content.length) ?? 0;
  const lengths = payloadSizes.map((size, index) => (index === 0 ? padded : size - 16));
  const roots = facets.map(({ root }) => root);
  const headerHash = batchHeaderHash({ ...honest, rnd, roots, paddedLengths: lengths });
  const secret = partSecret(epochKeyOf(0), { ...honest, rnd, facet: 0 });
  const { commitment, payload } = sealCommitted(secret, { headerHash, index: 0 }, content);
  const [, ...others] = facets;
  return {
    ...honest,
    facets: [{ root: roots[0] as Uint8Array, commitment }, ...others],
    payloadSizes: lengths.map((length) => length + 16),
    payload,
  };
}

const sealedLimit = "the size that its transaction names; each size is one of few";

/** What an owner, honest or not, or a damaged disk gives to a reader who holds the key. */
export const vaultDoors: readonly Door[] = [
  {
    name: "vault.payload",
    what: "ciphertext of records, altered on the way",
    limit: sealedLimit,
    form: "fixed",
    samples: [sealed.payloads[0] as Uint8Array],
    isOuter: (bytes) => bytes.length === sealed.payloads[0]?.length,
    read: (payload) => verdictOf(() => openPart({ ...honest, payload })),
  },
  {
    name: "vault.rows",
    what: "rows that a dishonest owner sealed under the right key",
    limit: "1 MiB, 4,096 rows, 65,536 values",
    form: "canonical",
    samples: [encode(telemetry)],
    isOuter: isCanonical,
    read: (content) =>
      // Of so much nobody can make a payload at all.
      paddedLength(content.length) === null
        ? refused("no size is large enough")
        : verdictOf(() => openPart(sealedPart(content))),
  },
  {
    name: "vault.schema",
    what: "a schema that a dishonest owner sealed under the right key",
    limit: "256 KiB",
    form: "canonical",
    samples: [schema],
    isOuter: isCanonical,
    read: (content) =>
      verdictOf(() => {
        const meta = sealMeta(metaPlace, metaKey, content, bytesOf("salt"));
        const opened = openMeta({ ...metaPlace, ...meta, metaKey });
        if (opened.ok) decodeSchema(opened.schemaBytes);
        return opened;
      }),
  },
  {
    name: "vault.grant",
    what: "keys that a dishonest owner granted",
    limit: "as many keys as a span can need",
    form: "canonical",
    samples: [grantContent()],
    isOuter: isCanonical,
    read: (content) =>
      verdictOf(async () => {
        const grant = await sealTo(reader.publicKey.bytes, grantInfo(grantPlace), content);
        return openGrant(grantPlace, reader, grant);
      }),
  },
  {
    name: "vault.recovery",
    what: "seals to the own recovery key",
    limit: "1,200 bytes",
    form: "fixed",
    samples: [recoverySeal],
    isOuter: (bytes) => bytes.length === recoverySeal.length,
    read: (bytes) =>
      verdictOf(async () => {
        const seed = await openEncryptionSeed(reader, { member: owner, keyVersion: 1 }, bytes);
        return seed.ok ? seed : openStreamSecrets(reader, recoveryPlace, bytes);
      }),
  },
];
