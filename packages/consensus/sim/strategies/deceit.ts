// What a dishonest member can do: it runs the protocol like everybody and decides what of it others hear.
import type { BlockId } from "@tegata/ledger/primitives";
import type { HeightContext, HeightState, Message, Proposal, Vote } from "../../src/index.ts";
import type { SimBlock } from "../chain.ts";
import type { Packet } from "../packets.ts";
import type { Prng } from "../prng.ts";
import type { World } from "../world.ts";

/** An own message of the protocol. */
export type OwnMessage = Extract<Message, { kind: "proposal" | "vote" }>;

/** A member as its strategy sees it: it holds the key and forges nobody else's. */
export interface Liar {
  readonly index: number;
  readonly world: World;
  readonly random: Prng;
  /** Index among the validators of the height in force, or null. */
  self(): number | null;
  context(): HeightContext;
  /** What another member has in its memory: nothing is hidden from the adversary. */
  stateOf(member: number): HeightState | null;
  /** Signs whatever it is. */
  vote(vote: Omit<Vote, "signature">): OwnMessage;
  proposal(proposal: Omit<Proposal, "signature">): OwnMessage;
  newBlock(isValid: boolean): SimBlock;
  /** The same block with another time. */
  blockAt(timeMs: number): SimBlock;
  send(to: number, packet: Packet): void;
  say(to: number, message: Message): void;
}

/** One way of being dishonest; what it leaves out is done as the protocol says. */
export interface Deceit {
  /** What one member hears in place of an own vote or proposal. */
  tell?(to: number, own: OwnMessage): readonly Message[];
  /** What one member hears in place of anything else. */
  relay?(to: number, message: Message): readonly Message[];
  /** Sees what comes in before the protocol does. */
  hear?(from: number, packet: Packet): void;
}

/** Members other than the liar. */
export function othersOf({ index, world }: Liar): readonly number[] {
  return Array.from({ length: world.members }, (_, member) => member).filter(
    (member) => member !== index,
  );
}

/** Members that do not lie. */
export function honestOf(liar: Liar): readonly number[] {
  return othersOf(liar).filter((member) => !liar.world.isLiar(member));
}

/** Blocks built for the height in force, but not this one. */
export function otherBlocks(
  { world, context }: Liar,
  than: BlockId | null,
): readonly [BlockId | null, ...BlockId[]] {
  const { height } = context();
  const ids = [...world.blocks.values()].flatMap((block) =>
    block.height === height && block.id !== than ? [block.id] : [],
  );
  return [ids[0] ?? null, ...ids.slice(1)];
}

/** Another block of the height that others may have heard of, or null. */
export function anotherBlock(liar: Liar, than: BlockId | null): BlockId | null {
  const blocks = otherBlocks(liar, than);
  return blocks[liar.random.below(blocks.length)] ?? null;
}

/** The vote for something else. */
export function voteFor(liar: Liar, vote: Vote, blockId: BlockId | null): OwnMessage {
  return liar.vote({ ...vote, blockId });
}

/** A fresh offer of another block, with its body for whoever hears it. */
export function offerTo(liar: Liar, to: number, proposal: Proposal, blockId: BlockId): OwnMessage {
  liar.send(to, { type: "body", blockId });
  return liar.proposal({ ...proposal, blockId, validRound: -1, polka: null });
}

/** What helps nobody to a decision: where one is, what one asks, what one answers. */
export function isTalk({ kind }: Message): boolean {
  return kind === "status" || kind === "question" || kind === "answer";
}

/** Remembers what was made for a place, so that it is made once. */
export function once<T>(make: () => T, made: Map<string, T>, key: string): T {
  const known = made.get(key);
  if (known !== undefined) return known;
  const value = make();
  made.set(key, value);
  return value;
}

/** Height and round, as a key. */
export function placeOf({ height, round }: { height: number; round: number }): string {
  return `${height}/${round}`;
}
