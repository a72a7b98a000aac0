import type { ForeignDetail, ForeignText } from "./error-words.ts";

const faults: Readonly<Record<string, readonly [message: string, why: string]>> = {
  other: ["this is no invitation", "an invitation begins with tgi1"],
  cut: ["the invitation is cut off", "its end is missing"],
  mistyped: ["the invitation is mistyped", "its check number does not fit: a character is wrong"],
  newer: ["the invitation is of a newer program", "this program does not know its form"],
};

const refusals: Readonly<Record<string, readonly [message: string, why: string]>> = {
  unknown: [
    "the invitation is not one of this network",
    "the company it leads to never made it, or withdrew it",
  ],
  expired: ["the invitation has expired", "the company that invited takes it no more"],
};

function toldBy(tried: unknown): string {
  if (!Array.isArray(tried) || tried.length === 0) return "it names no address";
  return tried.map(({ address, reason }: ForeignDetail) => `${address}: ${reason}`).join(", ");
}

/** English words of what can go wrong with an invitation. */
export const enInvitationForeign = {
  GATEWAY_INVITATION_TEXT: ({ fault }) => {
    const [message, why] = faults[String(fault)] ?? ["this is no invitation", String(fault)];
    return { message, why, next: "copy the whole line again; nothing was sent" };
  },
  NODE_JOIN_UNREACHABLE: ({ tried }) => ({
    message: "the company that invited cannot be reached",
    why: toldBy(tried),
    next: "ask it whether its node runs and its port for invited companies is open",
  }),
  NODE_JOIN_REFUSED: ({ code }) => {
    const [message, why] = refusals[String(code)] ?? [
      "the company that invited refuses",
      String(code),
    ];
    return { message, why, next: "ask it for a new invitation" };
  },
  NODE_JOIN_BROKEN: ({ message }) => ({
    message: "the conversation with the company that invited broke off",
    why: typeof message === "string" ? message : "it did not keep to the rules",
    next: "try again; if it stays, the invitation may lead to another network: ask that company",
  }),
} satisfies Readonly<Record<string, ForeignText>>;
