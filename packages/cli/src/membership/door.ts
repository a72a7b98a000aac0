import { setTimeout as pause } from "node:timers/promises";
import type { InvitationTicket } from "@tegata/gateway/invitation";
import { type JoinSession, openJoinSession } from "@tegata/node/join";

const attemptsMax = 3;

/** The door of the company that invited: a conversation that is begun again whenever it breaks off. */
export interface Door {
  ask<T>(question: (session: JoinSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Whether another conversation may go on where this one ended: it broke off, or was as long as one may be. */
function isOver(error: unknown): boolean {
  const { code, detail } = error as { readonly code?: unknown; readonly detail?: unknown };
  if (code !== "NODE_JOIN_REFUSED") return code === "NODE_JOIN_BROKEN";
  return (detail as { readonly code?: unknown } | null)?.code === "too-many-requests";
}

/** Opens the door with the first question. */
export function doorOf({ networkId, listenerKey, addresses, seed }: InvitationTicket): Door {
  const ticket = { networkId, listenerKey, addresses, invitationSeed: seed };
  let session: JoinSession | null = null;
  const close = async (): Promise<void> => {
    const open = session;
    session = null;
    await open?.close();
  };
  return {
    close,
    async ask(question) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          session ??= await openJoinSession(ticket);
          return await question(session);
        } catch (error) {
          await close();
          if (!isOver(error) || attempt >= attemptsMax) throw error;
          await pause(attempt * 500);
        }
      }
    },
  };
}
