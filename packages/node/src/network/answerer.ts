import { NodeError } from "../errors.ts";
import {
  type Credit,
  decodeRequest,
  encodeChunk,
  encodeRefuse,
  type Refuse,
} from "./exchange-frames.ts";
import { type FrameType, frameTypes, type NetworkLimits } from "./limits.ts";
import type { RequestRefusal } from "./network.ts";

interface Answering {
  readonly controller: AbortController;
  /** null while the host is still working on it. */
  response: Uint8Array | null;
  sent: number;
  taken: number;
  /** Ends an answer that the asker does not take. */
  stallTimer: NodeJS.Timeout | null;
}

/** What an answerer is made of. */
export interface AnswererOptions {
  /** Whether the peer dialed: its request ids are odd. */
  readonly peerDialed: boolean;
  readonly limits: NetworkLimits;
  readonly push: (type: FrameType, body: Uint8Array) => void;
  /** Asks the host; never rejects. */
  readonly answer: (what: Uint8Array, signal: AbortSignal) => Promise<Uint8Array | RequestRefusal>;
}

/** The requests of the peer this connection answers, each with a bounded part on the way. */
export class Answerer {
  readonly #options: AnswererOptions;
  readonly #open: Map<number, Answering> = new Map();
  #lastId = 0;

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  /** @throws NODE_PEER_REQUEST_INVALID, NODE_PEER_FRAME_MALFORMED */
  onRequest(body: Uint8Array): void {
    const { id, what } = decodeRequest(body);
    const expected = (id % 2 === 1) === this.#options.peerDialed && id > this.#lastId;
    if (!expected || this.#open.size >= this.#options.limits.requestsPerPeerMax) {
      const reason = expected ? "one request too many" : "a request id out of turn";
      throw new NodeError("NODE_PEER_REQUEST_INVALID", reason, { requestId: id });
    }
    this.#lastId = id;
    const answering: Answering = {
      controller: new AbortController(),
      response: null,
      sent: 0,
      taken: 0,
      stallTimer: null,
    };
    this.#open.set(id, answering);
    void this.#options.answer(what, answering.controller.signal).then((answer) => {
      if (this.#open.get(id) !== answering) return;
      if (!(answer instanceof Uint8Array)) return this.#refuse(id, answer.refuse);
      answering.response = answer;
      this.#advance(id, answering, answer);
    });
  }

  /** @throws NODE_PEER_UNSOLICITED for a credit beyond what was sent */
  onCredit(credit: Credit): void {
    const answering = this.#open.get(credit.requestId);
    // The last chunk may have crossed the credit on its way.
    if (answering === undefined) return;
    if (credit.taken < answering.taken || credit.taken > answering.sent) {
      const detail = { requestId: credit.requestId };
      throw new NodeError("NODE_PEER_UNSOLICITED", "a credit for what was not sent", detail);
    }
    answering.taken = credit.taken;
    if (answering.response !== null) {
      this.#advance(credit.requestId, answering, answering.response);
    }
  }

  /** The asker gave up; confirmed, so that it knows that no chunk follows. */
  onCancel(refuse: Refuse): void {
    if (this.#open.has(refuse.requestId)) this.#refuse(refuse.requestId, "cancelled");
  }

  /** Ends everything, because the connection is gone. */
  close(): void {
    for (const id of [...this.#open.keys()]) this.#end(id);
  }

  #advance(id: number, answering: Answering, response: Uint8Array): void {
    const { responseChunkBytes, responseCreditBytes, responseStallMs } = this.#options.limits;
    if (answering.stallTimer !== null) clearTimeout(answering.stallTimer);
    for (;;) {
      const rest = response.length - answering.sent;
      const size = Math.min(rest, responseChunkBytes);
      if (answering.sent + size - answering.taken > responseCreditBytes) break;
      const bytes = response.subarray(answering.sent, answering.sent + size);
      const last = size === rest;
      answering.sent += size;
      this.#options.push(frameTypes.chunk, encodeChunk({ requestId: id, last, bytes }));
      if (last) {
        this.#open.delete(id);
        return;
      }
    }
    answering.stallTimer = setTimeout(() => this.#refuse(id, "stalled"), responseStallMs);
  }

  #refuse(id: number, code: string): void {
    this.#end(id);
    this.#options.push(frameTypes.refuse, encodeRefuse({ requestId: id, code }));
  }

  #end(id: number): void {
    const answering = this.#open.get(id);
    if (answering === undefined) return;
    this.#open.delete(id);
    if (answering.stallTimer !== null) clearTimeout(answering.stallTimer);
    answering.controller.abort();
  }
}
