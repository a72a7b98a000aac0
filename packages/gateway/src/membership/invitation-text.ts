import type { BlockId } from "@tegata/ledger/primitives";
import {
  fixedBytes,
  fromBytes,
  hexOf,
  type Infer,
  LedgerError,
  list,
  literal,
  type NetworkId,
  type PublicKey,
  sha256,
  text,
  toBytes,
  tuple,
  uint,
} from "@tegata/ledger/primitives";
import { GatewayError } from "../errors.ts";

/** What a company that is invited gets: where to apply, with what, and what to trust. */
export interface InvitationTicket {
  readonly networkId: NetworkId;
  /** Key of the listener that takes the application. */
  readonly listenerKey: PublicKey;
  /** Multiaddrs of the listener. */
  readonly addresses: readonly string[];
  readonly expiresMs: number;
  /** A block through which the chain must pass: the newest when the invitation was made. */
  readonly trusted: { readonly height: number; readonly blockId: BlockId };
  /** 32 bytes; its public key is on the ledger. */
  readonly seed: Uint8Array;
}

const prefix = "tgi1";
const checkBytes = 4;
const textLengthMax = 2_048;
const alphabet = /^[A-Za-z0-9_-]*$/;

const shape = tuple(
  literal(1),
  hexOf<NetworkId>(32),
  hexOf<PublicKey>(32),
  list(text(128), 8),
  uint(),
  uint(),
  hexOf<BlockId>(32),
  fixedBytes(32),
);

/** The line of text that people hand on. Source: docs/PROTOCOL.md section 4. */
export function invitationToText(ticket: InvitationTicket): string {
  const { networkId, listenerKey, addresses, expiresMs, trusted, seed } = ticket;
  const { height, blockId } = trusted;
  const fields: Infer<typeof shape> = [
    ...([1, networkId, listenerKey, addresses] as const),
    ...([expiresMs, height, blockId, seed] as const),
  ];
  const body = toBytes(shape, fields);
  const check = sha256(body).subarray(0, checkBytes);
  return prefix + Buffer.concat([check, body]).toString("base64url");
}

/**
 * Reads the line; white space around it, and the prefix in capitals, do not matter.
 * @throws GATEWAY_INVITATION_TEXT saying what is wrong with it
 */
export function invitationFromText(given: string): InvitationTicket {
  const line = given.trim();
  const isOne = line.slice(0, prefix.length).toLowerCase() === prefix;
  if (!isOne || line.length > textLengthMax) throw wrong("other");
  const encoded = line.slice(prefix.length);
  if (!alphabet.test(encoded)) throw wrong("mistyped");
  const bytes = Uint8Array.from(Buffer.from(encoded, "base64url"));
  const [check, body] = [bytes.subarray(0, checkBytes), bytes.subarray(checkBytes)];
  const ticket = read(body);
  const isIntact = Buffer.from(sha256(body).subarray(0, checkBytes)).equals(check);
  const isWhole = Buffer.from(bytes).toString("base64url") === encoded;
  if (ticket === null) throw wrong(isIntact && bytes.length > checkBytes ? "newer" : "cut");
  if (!isIntact || !isWhole) throw wrong("mistyped");
  return ticket;
}

function read(body: Uint8Array): InvitationTicket | null {
  try {
    const [, networkId, listenerKey, addresses, expiresMs, height, blockId, seed] = fromBytes(
      shape,
      body,
    );
    const trusted = { height, blockId };
    return { networkId, listenerKey, addresses, expiresMs, trusted, seed };
  } catch (error) {
    if (error instanceof LedgerError) return null;
    throw error;
  }
}

function wrong(fault: GatewayError<"GATEWAY_INVITATION_TEXT">["detail"]["fault"]): GatewayError {
  return new GatewayError("GATEWAY_INVITATION_TEXT", { fault });
}
