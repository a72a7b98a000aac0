import { setTimeout as pause } from "node:timers/promises";
import { type CommitCertificate, decodeMessage } from "@tegata/consensus";
import { type Block, decodeBlock, limits } from "@tegata/ledger/chain";
import type { MemberId } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { hasItsBody, isBadBytes } from "../host/bad-bytes.ts";
import type { Log } from "../log.ts";
import type { Network } from "../network/network.ts";
import type { Signal } from "../signal.ts";
import { Slices } from "../timers.ts";
import { isBlame, MembersAvoided } from "./members-avoided.ts";
import {
  answerBytesMax,
  type CertifiedBytes,
  decodeCertifiedAnswer,
  decodeCertifiedRunAnswer,
  encodeRequest,
  runBytesMax,
} from "./requests.ts";

/** A block that somebody says was decided, with what is to prove it. */
export interface CertifiedBlock {
  readonly block: Block;
  readonly certificate: CommitCertificate;
  readonly from: MemberId;
}

/** Where blocks come from. */
export interface BlockSourceParts {
  readonly network: Pick<Network, "request" | "connected">;
  /** Members that say to have the block of a height. */
  readonly holders: (height: number) => readonly MemberId[];
  readonly log: Log;
  /** Fires when somebody claims more than before, and when somebody connects. */
  readonly claimed: Signal;
  /** A member has not what it was asked for. */
  readonly onRefused: (member: MemberId) => void;
}

/** What one member is asked. */
interface Question {
  readonly member: MemberId;
  readonly height: number;
  readonly count: number;
  /** Something of the answer came. */
  readonly onProgress: () => void;
}

const requestTimeoutMs = 10_000;
/** Reading an answer goes on for this long before votes are let through. */
const sliceMs = 4;
/** Whoever brings nothing for this long is not waited for alone: the next is asked too. */
const silenceMs = 300;
/** How long a member that gave nothing, or nonsense, is left alone. */
const avoidMs = 15_000;
const pauseMs = 500;

/** Fetches blocks from one member after the other; none of them is believed, and none waited for alone. */
export class BlockSource {
  readonly #parts: BlockSourceParts;
  readonly #signal: AbortSignal;
  readonly #avoided: MembersAvoided;
  /** Members that are asked for one block at a time, as programs of earlier versions know it. */
  readonly #single = new Set<MemberId>();
  #turn = 0;

  constructor(parts: BlockSourceParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#avoided = new MembersAvoided();
  }

  /** What this member gives is not worth asking for. */
  avoid(member: MemberId): void {
    this.#avoided.avoid(member, avoidMs);
  }

  /**
   * Blocks in a row from this height on, at least one and at most `count`. Asks one member after the other,
   * and the next beside one that is silent; null when nobody could give them.
   */
  async fetch(height: number, count: number): Promise<readonly CertifiedBlock[] | null> {
    const signal = this.#signal;
    const given: (readonly CertifiedBlock[])[] = [];
    const asked = new Set<MemberId>();
    const open = new Set<Promise<void>>();
    while (given.length === 0 && !signal.aborted) {
      const member = this.#inTurn(height).find((one) => !asked.has(one));
      if (member === undefined) {
        if (open.size === 0) return null;
        // Whoever is silent may still answer, and somebody else may connect.
        await Promise.race([...open, this.#parts.claimed.wait(pauseMs, signal)]);
        continue;
      }
      asked.add(member);
      let heardMs = performance.now();
      const onProgress = (): void => {
        heardMs = performance.now();
      };
      const question = this.#ask({ member, height, count, onProgress }).then((run) => {
        open.delete(question);
        if (run !== null) given.push(run);
      });
      open.add(question);
      while (given.length === 0 && open.has(question)) {
        const leftMs = heardMs + silenceMs - performance.now();
        if (leftMs <= 0 || signal.aborted) break;
        await Promise.race([...open, pause(leftMs, undefined, { ref: false })]);
      }
    }
    return given[0] ?? null;
  }

  /** Who has a block; heights fetched at the same time begin at different members. */
  #inTurn(height: number): readonly MemberId[] {
    const connected = this.#parts.network.connected();
    const holders = this.#parts
      .holders(height)
      .filter((member) => connected.includes(member) && !this.#avoided.has(member));
    const first = (this.#turn++ + height) % Math.max(1, holders.length);
    return [...holders.slice(first), ...holders.slice(0, first)];
  }

  async #ask(asked: Question): Promise<readonly CertifiedBlock[] | null> {
    const { member, height } = asked;
    try {
      const run = await this.#read(await this.#answers(asked), asked);
      if (run !== null) return run;
      this.avoid(member);
    } catch (error) {
      if (!(error instanceof NodeError) && !isBadBytes(error)) throw error;
      const { code } = error;
      if (isBlame(code)) this.avoid(member);
      if (code === "NODE_REQUEST_REFUSED") this.#parts.onRefused(member);
      this.#parts.log.debug({ code, member, height }, "a member could not give a block");
    }
    return null;
  }

  async #answers({
    member,
    height,
    count,
    onProgress,
  }: Question): Promise<readonly CertifiedBytes[]> {
    const isRun = count > 1 && !this.#single.has(member);
    const content = limits.blockBytesMax + limits.certificateBytesMax + (isRun ? runBytesMax : 0);
    const bytesMax = answerBytesMax(content, isRun ? 3 * count : 2);
    const options = { timeoutMs: requestTimeoutMs, bytesMax, signal: this.#signal, onProgress };
    const { network } = this.#parts;
    if (!isRun) {
      const body = encodeRequest({ kind: "certified", height });
      return [decodeCertifiedAnswer(await network.request(member, body, options))];
    }
    try {
      const body = encodeRequest({ kind: "certifiedRun", height, count });
      return decodeCertifiedRunAnswer(await network.request(member, body, options));
    } catch (error) {
      // An older program knows no such question.
      const isOlder = error instanceof NodeError && isRefusedAs(error, "malformed");
      if (!isOlder) throw error;
      this.#single.add(member);
      return this.#answers({ member, height, count, onProgress });
    }
  }

  /** The blocks of an answer; null where one of them is not what it has to be. */
  async #read(
    answers: readonly CertifiedBytes[],
    { member, height, count }: Question,
  ): Promise<readonly CertifiedBlock[] | null> {
    if (answers.length === 0 || answers.length > count) return null;
    const run: CertifiedBlock[] = [];
    const slices = new Slices(sliceMs);
    for (const [index, answer] of answers.entries()) {
      if (slices.isOver) await slices.next();
      const block = decodeBlock(answer.block);
      const message = decodeMessage("commit", answer.certificate);
      if (message.kind !== "commit") return null;
      const { certificate } = message;
      const fits =
        block.header.height === height + index &&
        certificate.height === height + index &&
        certificate.blockId === block.id &&
        hasItsBody(block);
      if (!fits) return null;
      run.push({ block, certificate, from: member });
    }
    return run;
  }
}

function isRefusedAs(error: NodeError, code: string): boolean {
  if (error.code !== "NODE_REQUEST_REFUSED") return false;
  return (error as NodeError<"NODE_REQUEST_REFUSED">).detail.code === code;
}
