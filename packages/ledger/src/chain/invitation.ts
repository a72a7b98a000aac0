import { encode } from "../primitives/codec.ts";
import { taggedHash } from "../primitives/hash.ts";
import { idBytes, type MemberId, type NetworkId } from "../primitives/ids.ts";
import { type Signer, signBytes } from "../primitives/signature.ts";
import type { Bodies } from "./transaction-body.ts";

/** An invitation before the invitation's key signed it. */
export type InvitationContent = Omit<Bodies["invite"], "possession">;

/** What the key of an invitation signs, so that nobody invites with the key of somebody else. */
export function invitationSignBytes(
  network: NetworkId,
  inviter: MemberId,
  { invitationKey, companyName, expiresMs }: InvitationContent,
): Uint8Array {
  const said = [idBytes(network), idBytes(inviter), idBytes(invitationKey), companyName, expiresMs];
  return signBytes("invite", network, 0, taggedHash("invite", encode(said)));
}

/** Makes the body of an invitation; the signer's seed is what the invited company gets. */
export function signInvitation(
  network: NetworkId,
  inviter: MemberId,
  invited: { readonly companyName: string; readonly expiresMs: number },
  signer: Signer,
): Bodies["invite"] {
  const content = { ...invited, invitationKey: signer.publicKey };
  return { ...content, possession: signer.sign(invitationSignBytes(network, inviter, content)) };
}
