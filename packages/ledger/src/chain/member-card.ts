import { accepted, LedgerError, refuse, type Verdict } from "../primitives/errors.ts";
import { taggedHash } from "../primitives/hash.ts";
import {
  type Hash,
  hashId,
  idBytes,
  type MemberId,
  memberId,
  type PublicKey,
  toHex,
} from "../primitives/ids.ts";
import {
  checkEncryptionKey,
  checkSigningKey,
  encryptionKeyBytes,
  type KeyRefusalCode,
} from "../primitives/key-admission.ts";
import {
  bytes,
  fixedBytes,
  fromBytes,
  type Infer,
  record,
  text,
  toBytes,
  uint,
} from "../primitives/shape.ts";
import { type Signer, signBytes, verifySignature, ZERO_NETWORK } from "../primitives/signature.ts";
import { isAssigned } from "./assigned.ts";
import { skeletons } from "./confusable.ts";
import { limits } from "./limits.ts";
import { addressesShape, seedSealBytes } from "./membership-body.ts";
import { fromText, toText } from "./text-form.ts";
import { publicKeyShape, versioned } from "./wire-shapes.ts";

const nameShape = text(limits.nameCodePointsMax * 4);

const bodyShape = versioned(1, {
  /** Network the card is made for. */
  networkName: nameShape,
  name: nameShape,
  handle: text(31),
  rootKey: publicKeyShape,
  /** X-Wing key whose seed follows from the root secret. */
  recoveryKey: fixedBytes(encryptionKeyBytes),
  networkKey: publicKeyShape,
  consensusKey: publicKeyShape,
  transactionKey: publicKeyShape,
  encryptionKey: fixedBytes(encryptionKeyBytes),
  /** Seed of the encryption key, sealed to the recovery key. */
  encryptionSeedSeal: fixedBytes(seedSealBytes),
  /** None for a member that nobody can reach and that only dials. */
  addresses: addressesShape,
  expiresMs: uint(),
});

const signatureShape = fixedBytes(64);

const cardShape = record({
  body: bytes(limits.cardBytesMax),
  root: signatureShape,
  network: signatureShape,
  consensus: signatureShape,
  transaction: signatureShape,
});

/** What a company says of itself. Source: docs/PROTOCOL.md, Member card. */
export type MemberCardBody = Infer<typeof bodyShape>;

/** The four keys that sign a card: the root certifies, the others prove possession. */
export interface CardSigners {
  readonly root: Signer;
  readonly network: Signer;
  readonly consensus: Signer;
  readonly transaction: Signer;
}

/** A card whose four signatures are verified. */
export interface MemberCard extends MemberCardBody {
  readonly memberId: MemberId;
  /** Tagged hash of the body bytes. */
  readonly hash: Hash;
  readonly bytes: Uint8Array;
}

/** Why a card is refused. */
export type CardRefusalCode =
  | KeyRefusalCode
  | "LEDGER_CARD_NAME"
  | "LEDGER_CARD_HANDLE"
  | "LEDGER_CARD_ADDRESS"
  | "LEDGER_CARD_EXPIRED"
  | "LEDGER_CARD_OTHER_NETWORK"
  | "LEDGER_CARD_KEY_REPEATED";

/** Hash of a card by its body bytes. */
export function cardHash(bodyBytes: Uint8Array): Hash {
  return hashId(taggedHash("card", bodyBytes));
}

/** Id of the member with this root key. */
export function memberIdOf(rootKey: PublicKey): MemberId {
  return memberId(taggedHash("member", idBytes(rootKey)));
}

const signedRoles = Object.freeze(["root", "network", "consensus", "transaction"] as const);

function cardSignBytes(role: (typeof signedRoles)[number], hash: Hash): Uint8Array {
  return signBytes(`card-${role}`, ZERO_NETWORK, 0, idBytes(hash));
}

/**
 * Signs a card with all four keys, which must be those in the body.
 * @throws LEDGER_BAD_SHAPE, LEDGER_CARD_SIGNATURE
 */
export function signCard(body: MemberCardBody, signers: CardSigners): MemberCard {
  const bodyBytes = toBytes(bodyShape, body);
  const hash = cardHash(bodyBytes);
  const signed = {
    body: bodyBytes,
    root: signers.root.sign(cardSignBytes("root", hash)),
    network: signers.network.sign(cardSignBytes("network", hash)),
    consensus: signers.consensus.sign(cardSignBytes("consensus", hash)),
    transaction: signers.transaction.sign(cardSignBytes("transaction", hash)),
  };
  return decodeCard(toBytes(cardShape, signed));
}

/**
 * Reads a card and verifies its four signatures; whether it may be used is decided by {@link checkCard}.
 * Keeps the given bytes.
 * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE, LEDGER_CARD_SIGNATURE
 */
export function decodeCard(received: Uint8Array): MemberCard {
  if (received.length > limits.cardBytesMax) {
    const detail = { what: "member card", actual: received.length, max: limits.cardBytesMax };
    throw new LedgerError("LEDGER_TOO_LARGE", "the bytes are no member card", detail);
  }
  const signed = fromBytes(cardShape, received);
  const body = fromBytes(bodyShape, signed.body);
  const hash = cardHash(signed.body);
  const keys = {
    root: body.rootKey,
    network: body.networkKey,
    consensus: body.consensusKey,
    transaction: body.transactionKey,
  };
  for (const role of signedRoles) {
    if (verifySignature(keys[role], cardSignBytes(role, hash), signed[role])) continue;
    const message = `the card is not signed by its ${role} key`;
    throw new LedgerError("LEDGER_CARD_SIGNATURE", message, { role, name: body.name });
  }
  return { ...body, memberId: memberIdOf(body.rootKey), hash, bytes: received };
}

/** One line of text for a file or a mail. */
export function cardToText(card: MemberCard): string {
  return toText("tgc1", card.bytes);
}

/**
 * Reads a card from its line of text.
 * @throws LEDGER_BAD_TEXT, and what {@link decodeCard} throws
 */
export function cardFromText(line: string): MemberCard {
  return decodeCard(fromText("tgc1", line, limits.cardBytesMax));
}

/**
 * Whether a name may stand in a card: NFC, 1 to 64 code points, nothing invisible, and no space at its
 * ends. Inside, the only spaces are the plain and the ideographic one, and something is drawn. All of it
 * is of Unicode 14.0. Source: docs/PROTOCOL.md, Names.
 */
export function isName(name: string): boolean {
  const count = [...name].length;
  return (
    count >= 1 &&
    count <= limits.nameCodePointsMax &&
    name.isWellFormed() &&
    isAssigned(name) &&
    name === name.normalize("NFC") &&
    name === name.trim() &&
    !/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u.test(name) &&
    !/[^\P{Zs} \u3000]/u.test(name) &&
    // Fillers and variation selectors are letters or marks by category, yet draw nothing by themselves.
    /[^\p{DI}\p{Zs}\u2800]/u.test(name)
  );
}

/** Whether a text may be a member's handle. */
export function isHandle(handle: string): boolean {
  return /^[a-z][a-z0-9-]{1,30}$/.test(handle);
}

const byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const addressForm = new RegExp(
  `^/(?:ip4/${byte}(?:\\.${byte}){3}|ip6/(?<ip6>[0-9a-f:]{2,39})|dns4/${label}(?:\\.${label})*)` +
    "/tcp/(?<port>[1-9][0-9]{0,4})$",
);

/** Groups of hex digits, eight in all; `::` once in place of one or more that are zero. */
function isIp6(text: string): boolean {
  const halves = text.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const isWhole = halves.length === 1 ? groups.length === 8 : groups.length <= 7;
  return halves.length <= 2 && isWhole && groups.every((group) => /^[0-9a-f]{1,4}$/.test(group));
}

/**
 * Whether a text is an address at which a member can be reached: `/ip4`, `/ip6` or `/dns4`, then `/tcp`,
 * and nothing after. Source: docs/PROTOCOL.md, Addresses.
 */
export function isAddress(address: string): boolean {
  if (address.length > limits.addressBytesMax) return false;
  const parts = addressForm.exec(address)?.groups;
  if (parts === undefined || Number(parts.port) > 65_535) return false;
  return parts.ip6 === undefined || isIp6(parts.ip6);
}

/** Every public key of a card, in any role, as lower-case hex. */
export function cardKeys(card: MemberCardBody): readonly string[] {
  return [
    card.rootKey,
    card.networkKey,
    card.consensusKey,
    card.transactionKey,
    toHex(card.recoveryKey),
    toHex(card.encryptionKey),
  ];
}

/** What a company is called. */
export type NamedCard = Pick<MemberCardBody, "name" | "handle">;

/** What others could take a card's name or handle for. */
export function cardSkeletons(card: NamedCard): readonly string[] {
  return [...new Set([card.name, card.handle].flatMap(skeletons))];
}

/**
 * Whether a card may found or join the network of this name at this time: name, handle, addresses,
 * expiry and admission of each of its six keys, which takes about 30 ms.
 */
export function checkCard(
  card: MemberCardBody,
  at: { readonly networkName: string; readonly timeMs: number },
): Verdict<CardRefusalCode> {
  if (card.networkName !== at.networkName) {
    return refuse("LEDGER_CARD_OTHER_NETWORK", { networkName: card.networkName });
  }
  if (card.expiresMs <= at.timeMs) {
    return refuse("LEDGER_CARD_EXPIRED", { expiresMs: card.expiresMs, timeMs: at.timeMs });
  }
  for (const name of [card.networkName, card.name]) {
    if (!isName(name)) return refuse("LEDGER_CARD_NAME", { name });
  }
  if (!isHandle(card.handle)) return refuse("LEDGER_CARD_HANDLE", { handle: card.handle });
  for (const address of card.addresses) {
    if (!isAddress(address)) return refuse("LEDGER_CARD_ADDRESS", { address });
  }
  const keys = cardKeys(card);
  if (new Set(keys).size !== keys.length) return refuse("LEDGER_CARD_KEY_REPEATED");
  for (const key of [card.rootKey, card.networkKey, card.consensusKey, card.transactionKey]) {
    const verdict = checkSigningKey(idBytes(key));
    if (!verdict.ok) return verdict;
  }
  for (const key of [card.recoveryKey, card.encryptionKey]) {
    const verdict = checkEncryptionKey(key);
    if (!verdict.ok) return verdict;
  }
  return accepted;
}
