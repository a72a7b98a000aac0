import {
  type Action,
  cardIn,
  decodeApplication,
  subjectOf,
  type Transaction,
} from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";

/** What happened to the membership, as the book keeps it. */
export interface MembershipNews {
  readonly change:
    | "requested"
    | "voted"
    | "admitted"
    | "voting"
    | "stood-down"
    | "suspended"
    | "readmitted"
    | "removed"
    | "left"
    | "key-rotated"
    | "root-replaced"
    | "addresses-changed"
    | "version-decided";
  /** The member it is about; of an application the company that would be one; null for none. */
  readonly member: MemberId | null;
  /** Who did it; null where the members did together. */
  readonly by: MemberId | null;
  /** Names and values of the rest. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** What a committed transaction says about the membership by itself; null where only the state tells. */
export function newsIn({ memberId: by, ...transaction }: Transaction): MembershipNews | null {
  const own = { member: by, by, detail: {} };
  switch (transaction.kind) {
    case "apply":
      return requested(by, { type: "admit", application: transaction.body.application });
    case "propose":
      return requested(by, transaction.body.action);
    case "vote": {
      const { request, approve } = transaction.body;
      return { change: "voted", member: null, by, detail: { request, approve } };
    }
    case "leave":
      return { ...own, change: "left" };
    case "addresses":
      return {
        ...own,
        change: "addresses-changed",
        detail: addressDetail(transaction.body.addresses),
      };
    case "rotate-key": {
      const { member, role, version, isCompromised } = transaction.body;
      return { change: "key-rotated", member, by, detail: { role, version, isCompromised } };
    }
    default:
      return null;
  }
}

function addressDetail(addresses: readonly string[]): MembershipNews["detail"] {
  return { addresses: addresses.join(" ") };
}

function requested(by: MemberId, action: Action): MembershipNews {
  const { type } = action;
  const common = { change: "requested", by } as const;
  if (type === "admit") {
    const card = cardIn(decodeApplication(action.application));
    const detail = { action: type, ...(card === null ? {} : { name: card.name }) };
    return { ...common, member: card?.memberId ?? null, detail };
  }
  if (type === "protocol-version") {
    const { version, height } = action;
    return { ...common, member: null, detail: { action: type, version, height } };
  }
  return { ...common, member: subjectOf(action), detail: { action: type } };
}
