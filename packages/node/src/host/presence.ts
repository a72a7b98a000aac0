import {
  encode,
  fixedBytes,
  flag,
  fromBytes,
  hexOf,
  type Infer,
  type NetworkId,
  type PublicKey,
  record,
  type Signer,
  signBytes,
  taggedHash,
  toBytes,
  uint,
  union,
  verifySignature,
} from "@tegata/ledger/primitives";

const runShape = fixedBytes(16);

const presenceShape = union("type", {
  call: [
    0,
    record({
      key: hexOf<PublicKey>(32),
      /** Drawn anew at each start. */
      run: runShape,
      count: uint(255),
      signature: fixedBytes(64),
    }),
  ],
  twin: [
    1,
    record({
      key: hexOf<PublicKey>(32),
      /** The run that is answered, so that no answer can serve twice. */
      called: runShape,
      run: runShape,
      /** Whether the run that answers may sign. */
      signs: flag,
      signature: fixedBytes(64),
    }),
  ],
});

/** A process says that it uses a consensus key, or answers another that says so of the same key. */
export type Presence = Infer<typeof presenceShape>;

/** What presences are signed for. */
export interface PresenceScope {
  readonly network: NetworkId;
  readonly era: number;
}

type Unsigned<P> = P extends unknown ? Omit<P, "signature"> : never;

function bytesToSign(presence: Unsigned<Presence>, { network, era }: PresenceScope): Uint8Array {
  if (presence.type === "call") {
    const fields = encode([presence.run, presence.count]);
    return signBytes("call", network, era, taggedHash("call", fields));
  }
  const fields = encode([presence.called, presence.run, presence.signs]);
  return signBytes("twin", network, era, taggedHash("twin", fields));
}

/** Signs a presence with its key. */
export function signPresence(
  presence: Unsigned<Presence>,
  key: Signer,
  scope: PresenceScope,
): Presence {
  return { ...presence, signature: key.sign(bytesToSign(presence, scope)) } as Presence;
}

/** Whether the key that a presence names has signed it. */
export function isSignedPresence(presence: Presence, scope: PresenceScope): boolean {
  return verifySignature(presence.key, bytesToSign(presence, scope), presence.signature);
}

/** Body of the frame. Source: docs/PROTOCOL.md section 8. */
export function encodePresence(presence: Presence): Uint8Array {
  return toBytes(presenceShape, presence);
}

/** @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL */
export function decodePresence(body: Uint8Array): Presence {
  return fromBytes(presenceShape, body);
}
