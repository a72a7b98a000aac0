import {
  decodeBlock,
  decodeHeader,
  type Genesis,
  limits,
  type SetChange,
} from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import type { PaceWork } from "@tegata/ledger/storage";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import { ask } from "./asking.ts";
import type { SyncLimits } from "./limits.ts";
import { isBlame, type MembersAvoided } from "./members-avoided.ts";
import { type CheckedOffer, checkOffer } from "./offer-check.ts";
import { answerBytesMax, decodeCertifiedAnswer } from "./requests.ts";
import {
  type CertifiedHeader,
  decodeOfferAnswer,
  decodeSetChangesAnswer,
  offerAnswerBytesMax,
  type SnapshotOffer,
  setChangesAnswerBytesMax,
} from "./snapshot-answers.ts";
import type { TrustedBlock } from "./trusted-block.ts";

/** What searching is made of. */
export interface OfferSearchParts {
  readonly network: Pick<Network, "request" | "connected">;
  readonly genesis: Genesis;
  readonly limits: SyncLimits;
  readonly avoided: MembersAvoided;
  readonly trusted: () => TrustedBlock | null;
  readonly log: Log;
  readonly pace: PaceWork;
  readonly signal: AbortSignal;
}

interface Offered {
  readonly member: MemberId;
  readonly height: number;
  readonly proofHeight: number;
  readonly offer: SnapshotOffer;
}

/** Finds a snapshot that the network decided on among what members offer; the newest first. */
export class OfferSearch {
  readonly #parts: OfferSearchParts;

  constructor(parts: OfferSearchParts) {
    this.#parts = parts;
  }

  /** A checked offer, or null when nobody who is connected has one. */
  async find(): Promise<CheckedOffer | null> {
    const { network, avoided, signal } = this.#parts;
    const members = network.connected().filter((member) => !avoided.has(member));
    const offered = (await Promise.all(members.map((member) => this.#offerOf(member)))).flatMap(
      (one) => one ?? [],
    );
    offered.sort((one, other) => other.height - one.height);
    for (const one of offered) {
      if (signal.aborted) return null;
      const checked = await this.#check(one);
      if (checked !== null) return checked;
    }
    return null;
  }

  async #offerOf(member: MemberId): Promise<Offered | null> {
    const asked = await this.#ask(member, { kind: "offer" }, offerAnswerBytesMax, (answer) => {
      const offer = decodeOfferAnswer(answer);
      if (offer === null) return null;
      const { height } = decodeHeader(offer.header);
      return { offer, height, proofHeight: decodeHeader(offer.proofHeader).height };
    });
    return asked === null ? null : { member, ...asked };
  }

  async #check({ member, height, proofHeight, offer }: Offered): Promise<CheckedOffer | null> {
    const { genesis, pace } = this.#parts;
    const trusted = this.#parts.trusted();
    const setChanges = await this.#setChanges(member, proofHeight);
    if (setChanges === null) return null;
    const through = trusted === null ? null : await this.#certified(member, trusted.height);
    const arriving = { ...offer, setChanges, trusted: through };
    const verdict = await checkOffer(arriving, { genesis, trusted, pace });
    if (verdict.ok) return verdict.checked;
    this.#blame(member, { height, reason: verdict.reason });
    return null;
  }

  /** The changes of the set below a height, in pages. */
  async #setChanges(member: MemberId, heightEnd: number): Promise<readonly SetChange[] | null> {
    const changes: SetChange[] = [];
    let next = 1;
    while (!this.#parts.signal.aborted) {
      const request = { kind: "setChanges", height: next } as const;
      const page = await this.#ask(member, request, setChangesAnswerBytesMax, (answer) => {
        const { changes: given, more } = decodeSetChangesAnswer(answer);
        const heights = given.map(({ header }) => decodeHeader(header).height);
        return { given, more, heights };
      });
      if (page === null) return null;
      const { given, more, heights } = page;
      const last = heights.at(-1) ?? next;
      const isAscending = heights.every(
        (height, index) => height > (heights[index - 1] ?? next - 1),
      );
      const isTooMuch = changes.length + given.length > this.#parts.limits.setChangesMax;
      if (!isAscending || isTooMuch || (more && given.length === 0)) {
        this.#blame(member, { reason: "no list of changes of the set" });
        return null;
      }
      changes.push(...given.filter((_, index) => (heights[index] as number) < heightEnd));
      if (!more || last >= heightEnd) return changes;
      next = last + 1;
    }
    return null;
  }

  /** Header and certificate of a block; null where this member and all others have none. */
  async #certified(first: MemberId, height: number): Promise<CertifiedHeader | null> {
    if (height === 0) return null;
    const bytesMax = answerBytesMax(limits.blockBytesMax + limits.certificateBytesMax, 2);
    for (const member of new Set([first, ...this.#parts.network.connected()])) {
      const request = { kind: "certified", height } as const;
      const found = await this.#ask(member, request, bytesMax, (answer) => {
        const { block, certificate } = decodeCertifiedAnswer(answer);
        return { header: decodeBlock(block).headerBytes, certificate };
      });
      if (found !== null) return found;
    }
    return null;
  }

  async #ask<T>(
    member: MemberId,
    request: Parameters<typeof ask>[2],
    bytesMax: number,
    read: (answer: Uint8Array) => T,
  ): Promise<T | null> {
    const { network, limits: bounds, avoided, signal, log } = this.#parts;
    const options = { timeoutMs: bounds.requestTimeoutMs, bytesMax, signal, read };
    const asked = await ask(network, member, request, options);
    if (asked.ok) return asked.value;
    const { code, isGarbage } = asked;
    log.debug({ code, member, kind: request.kind }, "a member could not help");
    if (isGarbage) this.#blame(member, { reason: code });
    else if (isBlame(code) && code !== "NODE_REQUEST_REFUSED") {
      avoided.avoid(member, bounds.avoidMs);
    }
    return null;
  }

  #blame(member: MemberId, fields: object): void {
    const { log, avoided, limits: bounds } = this.#parts;
    log.warn({ member, ...fields }, "a member offered a snapshot that the network did not decide");
    avoided.avoid(member, bounds.avoidLiarMs);
  }
}
