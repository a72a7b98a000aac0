import type { MemberId } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { isBadBytes } from "../host/bad-bytes.ts";
import type { Network } from "../network/network.ts";
import { encodeRequest, type SyncRequest } from "./requests.ts";

/** How a question ended. `code` is of the failure, a refusal of the member, or of what it gave. */
export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly isGarbage: boolean };

/** Bounds of a question. */
export interface AskOptions<T> {
  readonly timeoutMs: number;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
  /** Reads the answer; may throw for bytes that are none. */
  readonly read: (answer: Uint8Array) => T;
}

/** One question to one member; only a fault of our own throws. */
export async function ask<T>(
  network: Pick<Network, "request">,
  member: MemberId,
  request: SyncRequest,
  { read, ...options }: AskOptions<T>,
): Promise<Asked<T>> {
  try {
    const answer = await network.request(member, encodeRequest(request), options);
    return { ok: true, value: read(answer) };
  } catch (error) {
    if (isBadBytes(error)) return { ok: false, code: error.code, isGarbage: true };
    if (!(error instanceof NodeError)) throw error;
    return { ok: false, code: error.code, isGarbage: false };
  }
}
