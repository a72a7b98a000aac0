import { assert, concat, type MemberId } from "@tegata/ledger/primitives";
import { NodeError, type NodeErrorCode, type NodeErrorDetails } from "../errors.ts";
import {
  type Chunk,
  encodeCredit,
  encodeRefuse,
  encodeRequest,
  type Refuse,
} from "./exchange-frames.ts";
import {
  type FrameType,
  frameRules,
  frameTypes,
  type NetworkLimits,
  networkLimits,
} from "./limits.ts";
import type { RequestOptions } from "./network.ts";

interface Asked {
  readonly parts: Uint8Array[];
  bytes: number;
  readonly bytesMax: number;
  credited: number;
  readonly onProgress: (() => void) | undefined;
  readonly settle: (outcome: Uint8Array | NodeError) => void;
}

/** What an asker is made of. */
export interface AskerOptions {
  readonly memberId: MemberId;
  /** Whether this side dialed: its request ids are odd, the other side's even. */
  readonly dialer: boolean;
  readonly limits: NetworkLimits;
  readonly push: (type: FrameType, body: Uint8Array) => void;
}

/**
 * The requests one connection has open towards the peer. A request that was given up keeps its place
 * until the peer confirms or ends it: so late chunks are recognised, and the peer's bound is kept.
 */
export class Asker {
  readonly #options: AskerOptions;
  /** null: given up, and the peer has not confirmed yet. */
  readonly #open: Map<number, Asked | null> = new Map();
  #nextId: number;

  constructor(options: AskerOptions) {
    this.#options = options;
    this.#nextId = options.dialer ? 1 : 2;
  }

  /** Whether an id is one of this side, so that a refusal with it answers a request of ours. */
  owns(id: number): boolean {
    return (id % 2 === 1) === this.#options.dialer;
  }

  /** @throws NODE_REQUESTS_FULL and every other code of {@link Network.request} */
  async request(what: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const { signal, timeoutMs, bytesMax, onProgress } = options;
    if (signal?.aborted === true) throw this.#error("NODE_REQUEST_ABORTED", {});
    if (this.#open.size >= this.#options.limits.requestsPerPeerMax) {
      throw this.#error("NODE_REQUESTS_FULL", {});
    }
    const id = this.#nextId;
    const body = encodeRequest(id, what);
    assert(body.length <= frameRules[frameTypes.request].bodyBytesMax, "a request fits its frame");
    this.#nextId += 2;
    return new Promise((resolve, reject) => {
      const giveUp = (error: NodeError): void => this.#giveUp(id, error);
      const onAbort = (): void => giveUp(this.#error("NODE_REQUEST_ABORTED", {}));
      const timer = setTimeout(() => {
        giveUp(this.#error("NODE_REQUEST_TIMEOUT", { timeoutMs }));
      }, timeoutMs);
      const settle = (outcome: Uint8Array | NodeError): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        if (outcome instanceof NodeError) reject(outcome);
        else resolve(outcome);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#open.set(id, { parts: [], bytes: 0, bytesMax, credited: 0, onProgress, settle });
      this.#options.push(frameTypes.request, body);
    });
  }

  /**
   * Takes a piece of a response.
   * @throws NODE_PEER_UNSOLICITED, NODE_PEER_FRAME_MALFORMED
   */
  onChunk(chunk: Chunk): void {
    const id = chunk.requestId;
    const asked = this.#find(id);
    if (chunk.last) this.#open.delete(id);
    else if (chunk.bytes.length !== networkLimits.responseChunkBytes) {
      // Crumbs would cost more memory than they bring.
      const detail = { type: frameTypes.chunk };
      throw new NodeError("NODE_PEER_FRAME_MALFORMED", "a short chunk within an answer", detail);
    }
    if (asked === null) return;
    asked.bytes += chunk.bytes.length;
    if (asked.bytes > asked.bytesMax) {
      const error = this.#error("NODE_RESPONSE_TOO_LARGE", { bytesMax: asked.bytesMax });
      if (chunk.last) asked.settle(error);
      else this.#giveUp(id, error);
      return;
    }
    asked.parts.push(chunk.bytes);
    asked.onProgress?.();
    if (chunk.last) {
      asked.settle(concat(...asked.parts));
    } else if (asked.bytes - asked.credited >= this.#options.limits.responseCreditBytes / 2) {
      asked.credited = asked.bytes;
      const credit = { requestId: id, taken: asked.bytes };
      this.#options.push(frameTypes.credit, encodeCredit(credit));
    }
  }

  /** @throws NODE_PEER_UNSOLICITED */
  onRefuse(refuse: Refuse): void {
    const asked = this.#find(refuse.requestId);
    this.#open.delete(refuse.requestId);
    asked?.settle(this.#error("NODE_REQUEST_REFUSED", { code: refuse.code }));
  }

  /** Fails everything that is open, because the connection is gone. */
  close(): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const asked of open) asked?.settle(this.#error("NODE_DISCONNECTED", {}));
  }

  #find(id: number): Asked | null {
    const asked = this.#open.get(id);
    if (asked !== undefined) return asked;
    const message = `an answer to request ${id}, which is not open`;
    throw new NodeError("NODE_PEER_UNSOLICITED", message, { requestId: id });
  }

  #giveUp(id: number, error: NodeError): void {
    const asked = this.#open.get(id);
    if (asked === undefined || asked === null) return;
    this.#open.set(id, null);
    this.#options.push(frameTypes.refuse, encodeRefuse({ requestId: id, code: "cancelled" }));
    asked.settle(error);
  }

  #error<Code extends NodeErrorCode>(
    code: Code,
    detail: Omit<NodeErrorDetails[Code], "memberId">,
  ): NodeError {
    const all = { memberId: this.#options.memberId, ...detail };
    return new NodeError(code, `request failed: ${code}`, all as unknown as NodeErrorDetails[Code]);
  }
}
