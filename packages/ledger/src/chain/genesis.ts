import { LedgerError } from "../primitives/errors.ts";
import { taggedHash } from "../primitives/hash.ts";
import {
  type BlockId,
  compareBytes,
  idBytes,
  type NetworkId,
  networkId,
} from "../primitives/ids.ts";
import { bytes, fromBytes, text, toBytes, uint } from "../primitives/shape.ts";
import type { Head } from "./build.ts";
import { limits } from "./limits.ts";
import {
  cardKeys,
  cardSkeletons,
  checkCard,
  decodeCard,
  type MemberCard,
  memberIdOf,
} from "./member-card.ts";
import { memberOfCard } from "./member-of-card.ts";
import {
  takeCardKeys,
  takeNames,
  writeCounters,
  writeNetwork,
  writeProtocolVersions,
} from "./membership-values.ts";
import { type NetworkParameters, parametersShape } from "./network-parameters.ts";
import { protocolVersionFirst } from "./protocol-versions.ts";
import type { Validator } from "./roster/shapes.ts";
import { writeGenesisRoster } from "./roster-state.ts";
import { writeClock, writeMember, writeParameters } from "./state-values.ts";
import { type Change, StateView } from "./state-view.ts";
import { fromText, toText } from "./text-form.ts";
import { listOf, versioned } from "./wire-shapes.ts";

const genesisShape = versioned(1, {
  networkName: text(limits.nameCodePointsMax * 4),
  timeMs: uint(),
  parameters: parametersShape,
  cards: listOf(bytes(limits.cardBytesMax), 1, limits.membersMax),
});

/** The founding of a network: height 0 of its ledger. */
export interface Genesis {
  /** Hash of the bytes; also the block id of height 0. */
  readonly networkId: NetworkId;
  readonly networkName: string;
  readonly timeMs: number;
  readonly parameters: NetworkParameters;
  /** Founders in order of their member ids. */
  readonly cards: readonly MemberCard[];
  readonly bytes: Uint8Array;
}

function compareCards(a: MemberCard, b: MemberCard): number {
  return compareBytes(idBytes(a.memberId), idBytes(b.memberId));
}

/** Id of the network with this genesis. Source: docs/PROTOCOL.md, section 2. */
export function networkIdOf(genesisBytes: Uint8Array): NetworkId {
  return networkId(taggedHash("genesis", genesisBytes));
}

/**
 * Makes the genesis of a network from its founders' cards, given in any order. A pure function: the same
 * cards, parameters and time give the same bytes, whoever calls it.
 * @throws what {@link decodeGenesis} throws
 */
export function buildGenesis(
  cards: readonly MemberCard[],
  parameters: NetworkParameters,
  timeMs: number,
): Genesis {
  const sorted = [...cards].sort(compareCards);
  const networkName = sorted[0]?.networkName ?? "";
  const cardBytes = sorted.map((card) => card.bytes);
  return decodeGenesis(
    toBytes(genesisShape, { networkName, timeMs, parameters, cards: cardBytes }),
  );
}

/**
 * Reads a genesis and checks everything in it: order, cards, keys, names. Takes about 30 ms a founder.
 * Keeps the given bytes.
 * @throws LEDGER_TOO_LARGE, LEDGER_NOT_CANONICAL, LEDGER_BAD_SHAPE, LEDGER_CARD_SIGNATURE,
 * LEDGER_GENESIS_ORDER, LEDGER_GENESIS_CARD, LEDGER_GENESIS_KEY_REPEATED, LEDGER_GENESIS_CONFUSABLE
 */
export function decodeGenesis(received: Uint8Array): Genesis {
  if (received.length > limits.genesisBytesMax) {
    const detail = { what: "genesis", actual: received.length, max: limits.genesisBytesMax };
    throw new LedgerError("LEDGER_TOO_LARGE", "the bytes are no genesis", detail);
  }
  const { cards: cardBytes, ...frame } = fromBytes(genesisShape, received);
  const cards = cardBytes.map(decodeCard);
  checkOrder(cards);
  checkCards(cards, frame);
  checkKeys(cards);
  checkNames(cards);
  return {
    ...frame,
    cards,
    networkId: networkIdOf(received),
    bytes: received,
  };
}

function checkOrder(cards: readonly MemberCard[]): void {
  for (const [index, card] of cards.entries()) {
    const before = cards[index - 1];
    if (before === undefined || compareCards(before, card) < 0) continue;
    const message = "the cards of a genesis are sorted by member id, each member once";
    throw new LedgerError("LEDGER_GENESIS_ORDER", message, { index });
  }
}

function checkCards(
  cards: readonly MemberCard[],
  at: { readonly networkName: string; readonly timeMs: number },
): void {
  for (const card of cards) {
    const verdict = checkCard(card, at);
    if (verdict.ok) continue;
    const message = `the card of ${card.name} is refused: ${verdict.code}`;
    const detail = { memberId: card.memberId, reason: verdict.code };
    throw new LedgerError("LEDGER_GENESIS_CARD", message, detail);
  }
}

/** No key twice in a network, in any role: a signature must never serve for another key or member. */
function checkKeys(cards: readonly MemberCard[]): void {
  const owners = new Map<string, MemberCard>();
  for (const card of cards) {
    for (const key of cardKeys(card)) {
      const other = owners.get(key);
      if (other !== undefined) {
        const message = `${other.name} and ${card.name} have a key in common`;
        const detail = { memberId: card.memberId, otherId: other.memberId };
        throw new LedgerError("LEDGER_GENESIS_KEY_REPEATED", message, detail);
      }
      owners.set(key, card);
    }
  }
}

function checkNames(cards: readonly MemberCard[]): void {
  const owners = new Map<string, MemberCard>();
  for (const card of cards) {
    for (const look of cardSkeletons(card)) {
      const other = owners.get(look);
      if (other !== undefined) {
        const message = `${card.name} (${card.handle}) can be taken for ${other.name} (${other.handle})`;
        const detail = { memberId: card.memberId, otherId: other.memberId };
        throw new LedgerError("LEDGER_GENESIS_CONFUSABLE", message, detail);
      }
      owners.set(look, card);
    }
  }
}

/** One line of text for a file. */
export function genesisToText(genesis: Genesis): string {
  return toText("tgg1", genesis.bytes);
}

/**
 * Reads a genesis from its line of text.
 * @throws LEDGER_BAD_TEXT, and what {@link decodeGenesis} throws
 */
export function genesisFromText(line: string): Genesis {
  return decodeGenesis(fromText("tgg1", line, limits.genesisBytesMax));
}

/** The head of a ledger that has only its genesis. */
export function genesisHead(genesis: Genesis): Head {
  const blockId = genesis.networkId as string as BlockId;
  return { height: 0, blockId, timeMs: genesis.timeMs };
}

/** The founders' votes, in order of consensus keys. */
export function genesisValidators(genesis: Genesis): readonly Validator[] {
  return genesis.cards
    .map((card) => ({
      member: memberIdOf(card.rootKey),
      key: card.consensusKey,
      suspended: false,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The state after height 0, sorted by key. Source: docs/PROTOCOL.md, State. */
export function initialState(genesis: Genesis): readonly Change[] {
  const { cards, networkId, networkName, timeMs } = genesis;
  const view = new StateView({ get: () => null });
  for (const card of cards) {
    writeMember(view, card.memberId, memberOfCard(card, 0));
    takeCardKeys(view, card.memberId, card);
    takeNames(view, card.memberId, card);
  }
  writeGenesisRoster(view, genesisValidators(genesis));
  writeParameters(view, genesis.parameters);
  writeClock(view, { height: 0, timeMs, proposer: null });
  writeCounters(view, { requests: 0, members: cards.length });
  writeProtocolVersions(view, [{ version: protocolVersionFirst, height: 0 }]);
  writeNetwork(view, { networkId, networkName });
  return view.changes();
}
