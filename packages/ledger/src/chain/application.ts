import { LedgerError } from "../primitives/errors.ts";
import { taggedHash } from "../primitives/hash.ts";
import { type Hash, hashId, idBytes, type NetworkId, type PublicKey } from "../primitives/ids.ts";
import { bytes, fixedBytes, fromBytes, record, toBytes } from "../primitives/shape.ts";
import { type Signer, signBytes, verifySignature } from "../primitives/signature.ts";
import { limits } from "./limits.ts";
import { type CardSigners, decodeCard, type MemberCard } from "./member-card.ts";
import { networkIdShape, publicKeyShape, versioned } from "./wire-shapes.ts";

const contentShape = versioned(1, {
  networkId: networkIdShape,
  card: bytes(limits.cardBytesMax),
  invitationKey: publicKeyShape,
});

const signatureShape = fixedBytes(64);

const applicationShape = record({
  content: bytes(limits.applicationBytesMax),
  invitation: signatureShape,
  root: signatureShape,
  network: signatureShape,
  consensus: signatureShape,
  transaction: signatureShape,
});

/** Who signs an application, in the order of the signatures. */
const signedBy = Object.freeze([
  "invitation",
  "root",
  "network",
  "consensus",
  "transaction",
] as const);

type Applicant = (typeof signedBy)[number];

/** What a company that was invited asks for; nothing in it is verified. */
export interface Application {
  readonly networkId: NetworkId;
  readonly cardBytes: Uint8Array;
  /** The invitation that it uses up. */
  readonly invitationKey: PublicKey;
  /** What the members vote on: tagged hash of the content. */
  readonly hash: Hash;
  readonly signatures: { readonly [Who in Applicant]: Uint8Array };
  readonly bytes: Uint8Array;
}

/** The keys of a card, and the one whose seed was in the invitation. */
export interface ApplicationSigners extends CardSigners {
  readonly invitation: Signer;
}

/** Hash of an application by its content bytes. */
export function applicationHash(contentBytes: Uint8Array): Hash {
  return hashId(taggedHash("application", contentBytes));
}

function applicationSignBytes(who: Applicant, network: NetworkId, hash: Hash): Uint8Array {
  return signBytes(`application-${who}`, network, 0, idBytes(hash));
}

/**
 * Makes the application of a company with its card, for the network that invited it.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL
 */
export function signApplication(
  networkId: NetworkId,
  card: MemberCard,
  signers: ApplicationSigners,
): Application {
  const invitationKey = signers.invitation.publicKey;
  const content = toBytes(contentShape, { networkId, card: card.bytes, invitationKey });
  const hash = applicationHash(content);
  const sign = (who: Applicant): Uint8Array =>
    signers[who].sign(applicationSignBytes(who, networkId, hash));
  const signed = {
    content,
    invitation: sign("invitation"),
    root: sign("root"),
    network: sign("network"),
    consensus: sign("consensus"),
    transaction: sign("transaction"),
  };
  return decodeApplication(toBytes(applicationShape, signed));
}

/**
 * Reads an application and computes its hash, which is cheap; see {@link verifyApplication} for the rest.
 * Keeps the given bytes.
 * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE
 */
export function decodeApplication(received: Uint8Array): Application {
  if (received.length > limits.applicationBytesMax) {
    const detail = {
      what: "application",
      actual: received.length,
      max: limits.applicationBytesMax,
    };
    throw new LedgerError("LEDGER_TOO_LARGE", "the bytes are no application", detail);
  }
  const { content, ...signatures } = fromBytes(applicationShape, received);
  const { networkId, card, invitationKey } = fromBytes(contentShape, content);
  const hash = applicationHash(content);
  return { networkId, cardBytes: card, invitationKey, hash, signatures, bytes: received };
}

/**
 * The card of an application that is signed by everybody it has to be, or null. The invitation's signature
 * comes first: who has not been invited costs one signature, not ten.
 */
export function verifyApplication(application: Application): MemberCard | null {
  const { networkId, hash, signatures, invitationKey } = application;
  const isSigned = (who: Applicant, key: PublicKey): boolean =>
    verifySignature(key, applicationSignBytes(who, networkId, hash), signatures[who]);
  if (!isSigned("invitation", invitationKey)) return null;
  const card = cardIn(application);
  if (card === null) return null;
  const keys = {
    root: card.rootKey,
    network: card.networkKey,
    consensus: card.consensusKey,
    transaction: card.transactionKey,
  };
  const isWhole = Object.entries(keys).every(([who, key]) => isSigned(who as Applicant, key));
  return isWhole ? card : null;
}

/** The card in an application, or null where it is none or not signed by its own keys. */
export function cardIn({ cardBytes }: Application): MemberCard | null {
  try {
    return decodeCard(cardBytes);
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

/** Words of the list from which fingerprints and recovery words are taken. */
const wordCount = 2_048;

/**
 * What people compare when they approve: places of eight words in the BIP 39 English list, 88 bits of a hash over
 * the network and the application. Source: docs/PROTOCOL.md, Applications.
 */
export function fingerprint(networkId: NetworkId, hash: Hash): readonly number[] {
  const digest = taggedHash("fingerprint", idBytes(networkId), idBytes(hash));
  let bits = 0n;
  for (const byte of digest.subarray(0, 11)) bits = bits * 256n + BigInt(byte);
  const places = Array.from({ length: 8 }, (_, index) => bits >> BigInt(77 - 11 * index));
  return places.map((place) => Number(place % BigInt(wordCount)));
}
