import { encode } from "../primitives/codec.ts";
import { taggedHash } from "../primitives/hash.ts";
import { idBytes, type MemberId, type NetworkId, type PublicKey } from "../primitives/ids.ts";
import { type Signer, signBytes } from "../primitives/signature.ts";
import type { KeyRotation } from "./membership-body.ts";
import { type Role, roleShape } from "./roles.ts";

/** A new working key, before anybody signed for it. */
export type RotationContent = Omit<KeyRotation, "possession" | "rootSignature">;

/** What the new key and the root sign for a rotation; `who` is the new key's role, or the root. */
export function rotationSignBytes(
  content: RotationContent,
  network: NetworkId,
  who: Role | "root",
): Uint8Array {
  const { member, role, version, key, seal, isCompromised } = content;
  const place = [idBytes(network), idBytes(member), roleShape.encode(role), version];
  const hash = taggedHash("rotation", encode([...place, key, seal, isCompromised]));
  return signBytes(`rotate-${who}`, network, 0, hash);
}

/** Signs a rotation; `key` is null for an encryption key, `root` where it is not asked for. */
export function signRotation(
  content: RotationContent,
  network: NetworkId,
  signers: { readonly key: Signer | null; readonly root: Signer | null },
): KeyRotation {
  const { key, root } = signers;
  return {
    ...content,
    possession: key?.sign(rotationSignBytes(content, network, content.role)) ?? new Uint8Array(0),
    rootSignature: root?.sign(rotationSignBytes(content, network, "root")) ?? null,
  };
}

/** What a new root key signs to show that somebody has it. */
export function replacementSignBytes(
  network: NetworkId,
  replaced: {
    readonly member: MemberId;
    readonly rootKey: PublicKey;
    readonly recoveryKey: Uint8Array;
  },
): Uint8Array {
  const { member, rootKey, recoveryKey } = replaced;
  const said = [idBytes(network), idBytes(member), idBytes(rootKey), recoveryKey];
  return signBytes("replace-root", network, 0, taggedHash("replace-root", encode(said)));
}
