import { type Evidence, verifyEvidence } from "@tegata/consensus";
import type { EvidenceRefusal, Offence } from "@tegata/ledger/chain";
import { LedgerError, type MemberId, verifySignature } from "@tegata/ledger/primitives";
import { NodeError } from "../errors.ts";
import { frameTypes } from "../network/limits.ts";
import type { Network } from "../network/network.ts";
import {
  decodeEvidence,
  type EvidencePiece,
  type EvidencePool,
  encodeEvidence,
  offenceOf,
} from "./evidence-pool.ts";

/** What the gossip of evidence is made of. */
export interface EvidenceGossipParts {
  readonly pool: EvidencePool;
  readonly network: Pick<Network, "send" | "broadcast" | "connected">;
  /** What both messages were signed for. */
  readonly signedFor: Parameters<typeof verifyEvidence>[1];
  /** Why no block from the next one on may carry it; null if one may. */
  readonly refusalOf: (offence: Offence) => EvidenceRefusal | null;
  /** A piece came to be held; `seen` where this node saw both messages. */
  readonly onHeld: (piece: EvidencePiece, seen: boolean) => void;
  /** A piece of another member was turned away. */
  readonly onRefused: (code: string) => void;
}

/** Pieces of one member that are verified in a row, and how soon it may bring another. */
const burstMax = 32;
const refillMs = 250;

/** Pieces offered to a member that connects: two blocks full, and as many as it verifies in a row. */
const offeredMax = burstMax;

interface Allowance {
  left: number;
  sinceMs: number;
}

/**
 * Passes evidence on: verified before it is kept or told, told once to every member, and offered again to
 * a member that connects. What changes nothing costs no operation on curves.
 * Source: docs/PROTOCOL.md 5.10 and 8.
 */
export class EvidenceGossip {
  readonly #parts: EvidenceGossipParts;
  readonly #allowances = new Map<MemberId, Allowance>();

  constructor(parts: EvidenceGossipParts) {
    this.#parts = parts;
  }

  /** This node saw a key contradict itself. */
  found(evidence: Evidence): void {
    const offence = offenceOf(evidence);
    if (!this.#isNews(offence) || !this.#isProven(evidence).ok) return;
    this.#keep({ evidence, bytes: encodeEvidence(evidence), offence }, null);
  }

  /**
   * A member sent a piece.
   * @throws NODE_PEER_FRAME_MALFORMED, NODE_PEER_FORGED: members pass on only what they have verified
   */
  onFrame(member: MemberId, body: Uint8Array): void {
    const evidence = readEvidence(body);
    const offence = offenceOf(evidence);
    if (!this.#isNews(offence) || !this.#mayVerify(member)) return;
    const verdict = this.#isProven(evidence);
    if (!verdict.ok) {
      const { code: reason } = verdict;
      this.#parts.onRefused(reason);
      throw new NodeError("NODE_PEER_FORGED", `evidence that proves nothing: ${reason}`, {
        reason,
      });
    }
    this.#keep({ evidence, bytes: body, offence }, member);
  }

  /**
   * A member that was away may not have heard of what is held here. It hears of heights to come as well:
   * when they have come, the others wait for a block from whoever has the turn.
   */
  onConnected(member: MemberId): void {
    const { pool, network } = this.#parts;
    for (const { bytes } of pool.pieces.slice(0, offeredMax)) {
      network.send(member, frameTypes.evidence, bytes);
    }
  }

  /** The head moved: what was committed, or cannot be any more, leaves. */
  onCommitted(): void {
    this.#parts.pool.prune((offence) => this.#parts.refusalOf(offence) !== null);
  }

  #isNews(offence: Offence): boolean {
    const { pool, refusalOf } = this.#parts;
    return pool.hasRoom(offence) && refusalOf(offence) === null;
  }

  #isProven(evidence: Evidence): ReturnType<typeof verifyEvidence> {
    return verifyEvidence(evidence, this.#parts.signedFor, verifySignature);
  }

  /** True as often as a member may have two signatures verified here. */
  #mayVerify(member: MemberId): boolean {
    const nowMs = performance.now();
    const known = this.#allowances.get(member) ?? { left: burstMax, sinceMs: nowMs };
    this.#allowances.set(member, known);
    const refilled = Math.floor((nowMs - known.sinceMs) / refillMs);
    known.left = Math.min(burstMax, known.left + refilled);
    known.sinceMs += refilled * refillMs;
    if (known.left === 0) return false;
    known.left -= 1;
    return true;
  }

  #keep(piece: EvidencePiece, from: MemberId | null): void {
    const { pool, network, onHeld } = this.#parts;
    pool.add(piece);
    for (const member of network.connected()) {
      if (member !== from) network.send(member, frameTypes.evidence, piece.bytes);
    }
    onHeld(piece, from === null);
  }
}

function readEvidence(body: Uint8Array): Evidence {
  try {
    return decodeEvidence(body);
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    const type = frameTypes.evidence;
    const message = "evidence that cannot be read";
    throw new NodeError("NODE_PEER_FRAME_MALFORMED", message, { type }, cause);
  }
}
