import type { CommitCertificate } from "@tegata/consensus";
import { type Block, type Head, isCheckpoint, type StateReader, TABLE } from "@tegata/ledger/chain";
import { type Hex, toHex } from "@tegata/ledger/primitives";
import { Slices } from "../timers.ts";
import type { BlockDesk } from "./block-desk.ts";
import type { Commit, Ledger } from "./ledger.ts";
import type { OwnPast } from "./own-past.ts";

/** Bounds of what is committed together. */
export interface RunLimits {
  /** Blocks in one batch: so many heights become visible, and are told, at once. */
  readonly blocksMax: number;
  /** A batch takes no more blocks once these and what they write are so many bytes. */
  readonly bytesMax: number;
}

export const runLimits: RunLimits = Object.freeze({ blocksMax: 64, bytesMax: 4 * 1_048_576 });

/** Blocks are judged for this long before votes are let through. */
const sliceMs = 4;

/** A block above the head that somebody gave, with a certificate for it; neither was judged. */
export interface BlockAhead {
  readonly block: Block;
  readonly certificate: CommitCertificate;
}

/** What a run is gathered with. */
export interface RunParts {
  readonly ledger: Pick<Ledger, "reader" | "validators" | "isDecision" | "certifiedBy" | "follows">;
  readonly desk: Pick<BlockDesk, "executeOn">;
  readonly past: Pick<OwnPast, "isShared">;
  /** The block of a height, if it is at hand. */
  readonly ahead: (height: number) => BlockAhead | null;
  readonly isStopped: () => boolean;
}

/** Whoever takes part changes with the block after one that writes here, and so does who judges it. */
const endingTables: readonly number[] = [
  TABLE.member,
  TABLE.validators,
  TABLE.parameters,
  TABLE.evidence,
  TABLE.protocolVersions,
];

/** The state after blocks that are not committed yet. */
class RunState implements StateReader {
  readonly #reader: StateReader;
  readonly #values = new Map<Hex, Uint8Array | null>();
  #bytes = 0;

  constructor(reader: StateReader) {
    this.#reader = reader;
  }

  /** Of all blocks so far and what they write. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: Uint8Array): Uint8Array | null {
    const written = this.#values.get(toHex(key));
    return written === undefined ? this.#reader.get(key) : written;
  }

  add({ block, effect }: Commit): void {
    this.#bytes += block.bytes.length;
    for (const [key, value] of effect.changes) {
      this.#values.set(toHex(key), value);
      this.#bytes += key.length + (value?.length ?? 0);
    }
  }
}

function headOf({ id: blockId, header: { height, timeMs } }: Block): Head {
  return { height, blockId, timeMs };
}

function isLast({ block, effect }: Commit): boolean {
  if (isCheckpoint(block.header.height)) return true;
  return effect.changes.some(([key]) => endingTables.includes(key[0] ?? 0));
}

/**
 * A decided block and what follows it, to be committed together: blocks that are at hand, each decided by
 * the same validators and executed on the one before. Whatever is not in order ends the run and is judged
 * when it comes right after the head, where it can be said whose fault it is.
 * Source: docs/PROTOCOL.md section 9.
 */
export async function gatherRun(
  first: Commit,
  parts: RunParts,
  limits: RunLimits = runLimits,
): Promise<readonly Commit[]> {
  const { ledger, desk, past, ahead, isStopped } = parts;
  const commits = [first];
  const state = new RunState(ledger.reader);
  state.add(first);
  const slices = new Slices(sliceMs);
  for (let last = first; !isLast(last) && !isStopped(); ) {
    if (slices.isOver) await slices.next();
    if (commits.length >= limits.blocksMax || state.bytes >= limits.bytesMax) break;
    const head = headOf(last.block);
    const next = ahead(head.height + 1);
    if (next === null || !isNext(next, head, ledger) || past.isShared(next.certificate)) break;
    const known = { own: last.certificate, validators: ledger.validators };
    const execution = await desk.executeOn(
      {
        head,
        reader: state,
        certified: (bytes, decided) => ledger.certifiedBy(bytes, decided, known),
      },
      next.block,
    );
    if (execution?.ok !== true) break;
    last = { ...next, effect: execution.effect };
    commits.push(last);
    state.add(last);
  }
  return commits;
}

/** Whether a block follows on another one, and a quorum decided it under rules that are known here. */
function isNext(
  { block, certificate }: BlockAhead,
  head: Head,
  ledger: RunParts["ledger"],
): boolean {
  const height = head.height + 1;
  return (
    block.header.height === height &&
    block.header.previousBlockId === head.blockId &&
    certificate.blockId === block.id &&
    ledger.follows(height) &&
    ledger.isDecision(certificate, height)
  );
}
