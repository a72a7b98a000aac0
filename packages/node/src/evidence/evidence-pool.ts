import { type Evidence, evidenceShape } from "@tegata/consensus";
import type { Offence } from "@tegata/ledger/chain";
import { fromBytes, type PublicKey, toBytes } from "@tegata/ledger/primitives";

/** A piece of evidence as it travels and as a block carries it. */
export interface EvidencePiece {
  readonly evidence: Evidence;
  /** Body of a frame 16. */
  readonly bytes: Uint8Array;
  readonly offence: Offence;
}

/** Pieces held at a time; far above members times the heights that blocks lag behind. */
const piecesMax = 1_024;
/** Pieces of one key; the first that is committed suspends its member, which ends them all. */
const piecesPerKeyMax = 8;

/** Canonical body of a frame 16. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  return toBytes(evidenceShape, evidence);
}

/**
 * Reads the body of a frame 16; nothing of it is verified.
 * @throws LEDGER_BAD_SHAPE, LEDGER_NOT_CANONICAL
 */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  return fromBytes(evidenceShape, bytes);
}

/** The key that contradicted itself, and at which height. */
export function offenceOf({ key, first }: Evidence): Offence {
  return { key, height: first.height };
}

/**
 * Verified evidence that waits for a block: at most one piece for each key and height, and of a key that
 * never stops only the first few.
 */
export class EvidencePool {
  readonly #pieces = new Map<string, EvidencePiece>();
  readonly #perKey = new Map<PublicKey, number>();
  /** Whether the block of the next height may carry a piece. */
  readonly #mayCarry: (offence: Offence) => boolean;
  #ready: readonly EvidencePiece[] = [];

  constructor(mayCarry: (offence: Offence) => boolean) {
    this.#mayCarry = mayCarry;
  }

  get size(): number {
    return this.#pieces.size;
  }

  /** What the next block may carry, the earliest offence first. */
  get ready(): readonly EvidencePiece[] {
    return this.#ready;
  }

  /** Whether the next block may carry something. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Whether a piece of this offence would be kept. */
  hasRoom(offence: Offence): boolean {
    const ofKey = this.#perKey.get(offence.key) ?? 0;
    const isFull = this.#pieces.size >= piecesMax || ofKey >= piecesPerKeyMax;
    return !isFull && !this.#pieces.has(nameOf(offence));
  }

  /** Keeps a verified piece that there is room for. */
  add(piece: EvidencePiece): void {
    const { offence } = piece;
    if (!this.hasRoom(offence)) return;
    this.#pieces.set(nameOf(offence), piece);
    this.#perKey.set(offence.key, (this.#perKey.get(offence.key) ?? 0) + 1);
    this.#look();
  }

  /** The head moved: drops what no block can carry any more. */
  prune(isOver: (offence: Offence) => boolean): void {
    if (this.#pieces.size === 0) return;
    for (const [name, { offence }] of this.#pieces) {
      if (!isOver(offence)) continue;
      this.#pieces.delete(name);
      const left = (this.#perKey.get(offence.key) ?? 1) - 1;
      if (left === 0) this.#perKey.delete(offence.key);
      else this.#perKey.set(offence.key, left);
    }
    this.#look();
  }

  #look(): void {
    this.#ready = [...this.#pieces.values()]
      .filter(({ offence }) => this.#mayCarry(offence))
      .sort((one, other) => one.offence.height - other.offence.height);
  }
}

function nameOf({ key, height }: Offence): string {
  return `${key}/${height}`;
}
