import { idBytes } from "../primitives/ids.ts";
import type { MemberCardBody } from "./member-card.ts";
import type { MemberState } from "./membership-tables.ts";

/** A new member: the first version of each key, in force from this height. */
export function memberOfCard(card: MemberCardBody, height: number): MemberState {
  const first = { version: 1, height, endMs: null, isCompromised: false } as const;
  const keys: MemberState["keys"] = [
    { ...first, role: "network", key: idBytes(card.networkKey) },
    { ...first, role: "consensus", key: idBytes(card.consensusKey) },
    { ...first, role: "transaction", key: idBytes(card.transactionKey) },
    { ...first, role: "encryption", key: card.encryptionKey },
  ];
  const { name, handle, rootKey, recoveryKey, addresses } = card;
  const standing = { joinedHeight: height, admission: 1, leftHeight: null };
  return { name, handle, rootKey, recoveryKey, keys, addresses, ...standing };
}
