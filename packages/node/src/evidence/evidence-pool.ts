import { type Evidence, evidenceShape } from "@tegata/consensus";
import type { Offence } from "@tegata/ledger/chain";
import { fromBytes, toBytes } from "@tegata/ledger/primitives";

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

/** What a piece does in the next block: takes a vote away, or is only written down. */
export type EvidenceUse = "suspends" | "records";

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
 * never stops only the earliest few. Whoever is told of more by others keeps what the next block may carry
 * rather than offences of heights to come, so that all have something to propose or nobody has.
 */
export class EvidencePool {
  readonly #pieces = new Map<string, EvidencePiece>();
  /** What a piece would do in the block of the next height, null where that may not carry it. */
  readonly #useOf: (offence: Offence) => EvidenceUse | null;
  #ready: readonly EvidencePiece[] = [];
  #isReady = false;

  constructor(useOf: (offence: Offence) => EvidenceUse | null) {
    this.#useOf = useOf;
  }

  get size(): number {
    return this.#pieces.size;
  }

  /** All of it, the earliest offence first. */
  get pieces(): readonly EvidencePiece[] {
    return [...this.#pieces.values()].sort(byHeight);
  }

  /** What the next block may carry: what takes a vote away before the rest, the earliest offence first. */
  get ready(): readonly EvidencePiece[] {
    return this.#ready;
  }

  /**
   * Whether a block is worth making for it: what only is written down waits for one that is made anyway,
   * else whoever can lose no vote could keep an idle network busy for ever.
   */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether a piece of this offence would be kept. */
  hasRoom(offence: Offence): boolean {
    if (this.#pieces.has(nameOf(offence))) return false;
    const latest = this.#displacedBy(offence);
    return latest === null ? this.#pieces.size < piecesMax : latest.height > offence.height;
  }

  /** Keeps a verified piece that there is room for. */
  add(piece: EvidencePiece): void {
    const { offence } = piece;
    if (!this.hasRoom(offence)) return;
    const latest = this.#displacedBy(offence);
    if (latest !== null) this.#pieces.delete(nameOf(latest));
    this.#pieces.set(nameOf(offence), piece);
    this.#look();
  }

  /** The head moved: drops what no block can carry any more. */
  prune(isOver: (offence: Offence) => boolean): void {
    if (this.#pieces.size === 0) return;
    for (const [name, { offence }] of this.#pieces) if (isOver(offence)) this.#pieces.delete(name);
    this.#look();
  }

  /** The latest offence of a key that has all its pieces here, null for any other key. */
  #displacedBy({ key }: Offence): Offence | null {
    const ofKey = [...this.#pieces.values()].flatMap(({ offence }) =>
      offence.key === key ? offence : [],
    );
    if (ofKey.length < piecesPerKeyMax) return null;
    return ofKey.reduce((latest, one) => (one.height > latest.height ? one : latest));
  }

  #look(): void {
    const { pieces } = this;
    const uses = pieces.map(({ offence }) => this.#useOf(offence));
    const of = (use: EvidenceUse) => pieces.filter((_, index) => uses[index] === use);
    this.#ready = [...of("suspends"), ...of("records")];
    this.#isReady = uses.includes("suspends");
  }
}

function byHeight(one: EvidencePiece, other: EvidencePiece): number {
  return one.offence.height - other.offence.height;
}

function nameOf({ key, height }: Offence): string {
  return `${key}/${height}`;
}
