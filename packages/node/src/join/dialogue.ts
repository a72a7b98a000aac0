import { randomBytes } from "node:crypto";
import { assert, type PublicKey } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import type { NetworkMember } from "../network/network.ts";
import type { Channel } from "./channel.ts";
import type { JoinLimits } from "./limits.ts";
import {
  decodeStrangerMessage,
  encodeMembers,
  encodeRegistered,
  encodeServerMessage,
  encodeStanding,
  type JoinStanding,
  nonceBytes,
  type Registered,
  type ServerMessage,
  type StrangerMessage,
} from "./messages.ts";
import { isInvitationProven, type ProofScene } from "./proof.ts";

/** What an invitation is good for; one that was used still shows how the application stands. */
export type InvitationState = "open" | "used" | "expired" | "unknown";

/** What became of an application, or of what was carried; `code` is a word of at most 64 bytes. */
export type JoinAnswer = { readonly ok: true } | { readonly ok: false; readonly code: string };

/** What the listener knows of the network; read anew for every request. */
export interface JoinKnowledge {
  readonly networkName: string;
  readonly genesis: Uint8Array;
  /** Of own invitations only. */
  invitation(key: PublicKey): InvitationState;
  standing(key: PublicKey): JoinStanding;
  /** Hints for the first synchronisation; null for who is no member (yet). */
  members(key: PublicKey): readonly NetworkMember[] | null;
  /** The member that the invitation lets back in; null where it is for a company that is none. */
  registered(key: PublicKey): Registered | null;
  /** Resolves when the application was handed on and judged, or rejects with the signal. */
  onApplication(key: PublicKey, bytes: Uint8Array, signal: AbortSignal): Promise<JoinAnswer>;
  onCarry(key: PublicKey, bodies: readonly Uint8Array[], signal: AbortSignal): Promise<JoinAnswer>;
}

/** What one conversation is made of. */
export interface DialogueParts {
  readonly channel: Channel;
  readonly limits: JoinLimits;
  readonly knowledge: JoinKnowledge;
  readonly scene: Omit<ProofScene, "nonce">;
  /** Ends when the connection or the listener does. */
  readonly signal: AbortSignal;
  readonly onProven: (key: PublicKey) => void;
}

/**
 * One conversation with somebody who joins, or says so. Until an invitation is proven it hears the name of
 * the network and nothing else, whatever it asks.
 * @throws NODE_JOIN_BROKEN, NODE_JOIN_REFUSED when it is over
 */
export async function converse(parts: DialogueParts): Promise<void> {
  const key = await greet(parts);
  parts.onProven(key);
  await say(parts, { type: "accepted" });
  for (let requests = 0; requests < parts.limits.requestsMax; requests += 1) {
    await answer(parts, key, await hear(parts, parts.limits.idleMs));
  }
  await refuse(parts, "too-many-requests");
}

function say({ channel, limits }: DialogueParts, message: ServerMessage): Promise<void> {
  return channel.write(encodeServerMessage(message), limits.idleMs);
}

async function hear({ channel }: DialogueParts, patienceMs: number): Promise<StrangerMessage> {
  return decodeStrangerMessage(await channel.read(patienceMs));
}

async function refuse(parts: DialogueParts, code: string): Promise<never> {
  await say(parts, { type: "refused", code });
  throw new NodeError("NODE_JOIN_REFUSED", `a stranger was refused: ${code}`, { code });
}

/** The signature comes first: who cannot sign does not learn which invitations there are. */
async function greet(parts: DialogueParts): Promise<PublicKey> {
  const { knowledge, limits, scene } = parts;
  const nonce = new Uint8Array(randomBytes(nonceBytes));
  const { networkName } = knowledge;
  await say(parts, { type: "greeting", networkName, nonce });
  const proof = await hear(parts, limits.proofTimeoutMs);
  if (proof.type !== "proof") return refuse(parts, "proof-first");
  const { invitationKey, signature } = proof;
  const isProven = isInvitationProven(invitationKey, signature, { ...scene, nonce });
  const state = isProven ? knowledge.invitation(invitationKey) : "unknown";
  return state === "open" || state === "used" ? invitationKey : refuse(parts, state);
}

async function answer(
  parts: DialogueParts,
  key: PublicKey,
  message: StrangerMessage,
): Promise<void> {
  const { knowledge, signal } = parts;
  const state = knowledge.invitation(key);
  // It may have expired, or been used elsewhere, while the conversation went on.
  if (state !== "open" && state !== "used") return refuse(parts, state);
  switch (message.type) {
    case "genesis":
      return sendAll(parts, knowledge.genesis);
    case "standing":
      return sendAll(parts, encodeStanding(knowledge.standing(key)));
    case "members": {
      const members = knowledge.members(key);
      return members === null
        ? say(parts, { type: "refused", code: "no-member" })
        : sendAll(parts, encodeMembers(members));
    }
    case "registered": {
      const registered = knowledge.registered(key);
      return registered === null
        ? say(parts, { type: "refused", code: "no-member" })
        : sendAll(parts, encodeRegistered(registered));
    }
    case "apply":
      if (state === "used") return say(parts, { type: "answer", code: "used" });
      return sayAnswer(parts, await knowledge.onApplication(key, message.application, signal));
    case "carry":
      if (state === "used") return say(parts, { type: "answer", code: "used" });
      return sayAnswer(parts, await knowledge.onCarry(key, message.bodies, signal));
    case "proof":
      return refuse(parts, "proven-already");
  }
}

function sayAnswer(parts: DialogueParts, answer: JoinAnswer): Promise<void> {
  assert(answer.ok || answer.code.length <= 64, "a code is a word");
  return say(parts, { type: "answer", code: answer.ok ? null : answer.code });
}

async function sendAll(parts: DialogueParts, bytes: Uint8Array): Promise<void> {
  const { chunkBytes } = parts.limits;
  for (let at = 0; at === 0 || at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    const last = at + chunkBytes >= bytes.length;
    await say(parts, { type: "chunk", last, bytes: piece });
  }
}
