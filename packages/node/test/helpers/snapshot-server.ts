import { join } from "node:path";
import { encode, type MemberId } from "@tegata/ledger/primitives";
import type { ChainStore } from "@tegata/ledger/storage";
import { nodePaths } from "../../src/config.ts";
import { NodeError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import type { RequestOptions } from "../../src/network/network.ts";
import { syncLimits } from "../../src/sync/limits.ts";
import { decodeRequest, encodeCertifiedAnswer, type SyncRequest } from "../../src/sync/requests.ts";
import {
  encodeBucketsAnswer,
  encodeOfferAnswer,
  encodeSetChangesAnswer,
  type SnapshotOffer,
} from "../../src/sync/snapshot-answers.ts";
import { Snapshots } from "../../src/sync/snapshots.ts";
import type { Consortium } from "./consortium.ts";

/** What a member gives for a request; null: it refuses. */
export type Serve = (request: SyncRequest) => Promise<Uint8Array | null>;

/** Gives what a chain with snapshots has to give, as a node does. */
export async function honestly(network: Consortium, store: ChainStore): Promise<Serve> {
  const { data } = nodePaths(network.member(0).config.home);
  const onFault = (error: unknown): void => {
    throw error;
  };
  const log = createLog("error", null);
  const parts = { store, folder: join(data, "snapshots"), limits: syncLimits, log, onFault };
  const snapshots = new Snapshots(parts);
  await snapshots.start();
  await snapshots.prepare();
  return async (request) => {
    switch (request.kind) {
      case "offer":
        return encodeOfferAnswer(snapshots.offer());
      case "buckets": {
        const { height, first, count } = request;
        const buckets = await snapshots.buckets(height, first, count);
        return buckets === null ? null : encodeBucketsAnswer(buckets);
      }
      case "setChanges": {
        const { changes, more } = await snapshots.setChanges(request.height);
        return encodeSetChangesAnswer(changes, more);
      }
      case "certified": {
        const block = store.block(request.height);
        const certificate = store.certificate(request.height);
        if (block === null || certificate === null) return null;
        return encodeCertifiedAnswer(block.bytes, certificate);
      }
      default:
        return encode(null);
    }
  };
}

/** Members that answer in this process; one that hangs up is gone. */
export class Answering {
  readonly #members = new Map<MemberId, Serve>();
  readonly asked: { readonly member: MemberId; readonly request: SyncRequest }[] = [];

  add(member: MemberId, serve: Serve): void {
    this.#members.set(member, serve);
  }

  hangUp(member: MemberId): void {
    this.#members.delete(member);
  }

  connected(): readonly MemberId[] {
    return [...this.#members.keys()];
  }

  async request(member: MemberId, body: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const request = decodeRequest(body);
    this.asked.push({ member, request });
    const serve = this.#members.get(member);
    const gone = new NodeError("NODE_DISCONNECTED", "gone", { memberId: member });
    if (serve === undefined) throw gone;
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const detail = { memberId: member, timeoutMs: options.timeoutMs };
    const timer = setTimeout(
      () => reject(new NodeError("NODE_REQUEST_TIMEOUT", "too late", detail)),
      options.timeoutMs,
    );
    const onAbort = (): void =>
      reject(new NodeError("NODE_REQUEST_ABORTED", "aborted", { memberId: member }));
    options.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const answer = await Promise.race([serve(request), ended]);
      if (!this.#members.has(member)) throw gone;
      if (answer !== null) return answer;
      const refusal = { memberId: member, code: "unknown" };
      throw new NodeError("NODE_REQUEST_REFUSED", "refused", refusal);
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** An offer that differs in one thing. */
export type AlteredOffer = (offer: SnapshotOffer) => SnapshotOffer;
