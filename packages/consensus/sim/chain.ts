// What a chain of blocks says about who validates. It is a pure function of the blocks, so the answer for
// each block is computed once, by the real rules of the ledger, and every member reads it there.
import {
  type ConsensusKeyState,
  checkOffence,
  couldVote,
  eligibleOf,
  genesisRoster,
  keyRowsAfter,
  type Roster,
  rosterAfter,
  suspend,
  type ValidatorChange,
} from "@tegata/ledger/chain";
import { assert, type BlockId, type MemberId, type PublicKey } from "@tegata/ledger/primitives";
import {
  type CommitCertificate,
  type Evidence,
  type HeightContext,
  type Validator,
  type VerifySignature,
  verifyCertificate,
  verifyEvidence,
} from "../src/index.ts";
import { memberOf, network } from "./identity.ts";
import type { Signing } from "./signing.ts";
import type { Change } from "./swarm.ts";

/** Pieces of evidence one block carries at most. */
const evidenceMax = 16;

/** A block as far as the simulation cares. */
export interface SimBlock {
  readonly id: BlockId;
  readonly height: number;
  /** The block before; null: this is the first. */
  readonly parent: BlockId | null;
  readonly builder: number;
  readonly timeMs: number;
  readonly transactions: readonly number[];
  /** False: it breaks a rule of the ledger that is not simulated. */
  readonly isValid: boolean;
  /** The builder's own copy of the certificate of the height before; null in the first block. */
  readonly certificate: CommitCertificate | null;
  readonly evidence: readonly Evidence[];
  readonly requests: readonly ValidatorChange[];
}

/** What a chain says after its last block. */
export interface ChainState {
  readonly head: SimBlock | null;
  readonly roster: Roster;
  /** Who votes and who proposes at the next height. */
  readonly context: HeightContext;
  readonly keys: ReadonlyMap<PublicKey, ConsensusKeyState>;
  /** Key and height of each piece of evidence on the chain. */
  readonly recorded: ReadonlySet<string>;
  /** How many of the seed's changes are on the chain. */
  readonly requestCount: number;
}

/** What evidence is about; a chain has one piece at most for each. */
export function offenceKey({ key, first }: Evidence): string {
  return `${key} ${first.height}`;
}

/** All chains of one network; forks are not its business. */
export class Chains {
  readonly #blocks: ReadonlyMap<BlockId, SimBlock>;
  readonly #signing: Signing;
  readonly #changes: readonly Change[];
  readonly #states = new Map<BlockId, ChainState>();
  readonly #verdicts = new Map<BlockId, boolean>();
  readonly genesis: ChainState;

  constructor(
    blocks: ReadonlyMap<BlockId, SimBlock>,
    signing: Signing,
    genesisMembers: number,
    changes: readonly Change[],
  ) {
    this.#blocks = blocks;
    this.#signing = signing;
    this.#changes = [...changes].sort((a, b) => a.atHeight - b.atHeight);
    const validators = Array.from({ length: genesisMembers }, (_, index) => ({
      member: memberOf(index),
      key: signing.keyOf(index, 0),
      suspended: false,
    }));
    const roster = genesisRoster(validators);
    const intervals = [{ firstHeight: 1, lastHeight: null }];
    this.genesis = {
      head: null,
      roster,
      context: contextOf(roster, 1),
      keys: new Map(validators.map(({ key, member }) => [key, { member, intervals }])),
      recorded: new Set(),
      requestCount: 0,
    };
  }

  /** The state after a block; null: before the first. */
  at(head: BlockId | null): ChainState {
    if (head === null) return this.genesis;
    const known = this.#states.get(head);
    if (known !== undefined) return known;
    const block = this.#blocks.get(head);
    assert(block !== undefined, "a chain is made of blocks that exist");
    const state = this.#after(this.at(block.parent), block);
    this.#states.set(head, state);
    return state;
  }

  /** The changes that a block on this chain decides. */
  requestsAfter({ head, requestCount }: ChainState): readonly ValidatorChange[] {
    const height = (head?.height ?? 0) + 1;
    return this.#changes
      .slice(requestCount)
      .filter(({ atHeight }) => atHeight <= height)
      .map((change) => this.#requestOf(change));
  }

  #requestOf({ type, member, generation }: Change): ValidatorChange {
    const id = memberOf(member);
    if (type !== "add" && type !== "rekey") return { type, member: id };
    return { type, member: id, key: this.#signing.keyOf(member, generation) };
  }

  /** Of these pieces the ones that the next block may carry, and whom they accuse. */
  allowed(
    state: ChainState,
    pieces: readonly Evidence[],
  ): readonly (readonly [piece: Evidence, accused: MemberId])[] {
    const height = (state.head?.height ?? 0) + 1;
    const found: [Evidence, MemberId][] = [];
    let { validators } = state.roster;
    const taken = new Set<string>();
    for (const piece of pieces) {
      if (found.length === evidenceMax) break;
      const verdict = checkOffence({ key: piece.key, height: piece.first.height }, height, {
        ownerOf: (key, at) => {
          const row = state.keys.get(key);
          return row !== undefined && couldVote(row, at) ? row.member : null;
        },
        isRecorded: () => state.recorded.has(offenceKey(piece)) || taken.has(offenceKey(piece)),
        isSuspended: (member) => isSuspended(validators, member),
      });
      if (!verdict.ok || !verifyEvidence(piece, state.context, this.#signing.verify).ok) continue;
      taken.add(offenceKey(piece));
      found.push([piece, verdict.member]);
      validators = suspend(validators, verdict.member);
    }
    return found;
  }

  /** Whether a block keeps the rules on the chain it names. */
  isValid(block: SimBlock): boolean {
    const known = this.#verdicts.get(block.id);
    if (known !== undefined) return known;
    const verdict = this.#judge(block);
    this.#verdicts.set(block.id, verdict);
    return verdict;
  }

  #judge(block: SimBlock): boolean {
    const { parent, height, evidence, requests, certificate } = block;
    const state = this.at(parent);
    if (!block.isValid || height !== (state.head?.height ?? 0) + 1) return false;
    if (this.allowed(state, evidence).length !== evidence.length) return false;
    if (requests.length !== this.requestsAfter(state).length) return false;
    if (state.head === null) return certificate === null;
    if (certificate === null || certificate.blockId !== parent) return false;
    const { context } = this.at(state.head.parent);
    const verify: VerifySignature = this.#signing.verify;
    return verifyCertificate(certificate, context, verify).ok;
  }

  #after(before: ChainState, block: SimBlock): ChainState {
    const { height, certificate, requests } = block;
    const offences = this.allowed(before, block.evidence);
    const { head } = before;
    const certifiedBy = head === null ? null : this.at(head.parent).context.validators;
    const certified =
      certificate === null || certifiedBy === null
        ? null
        : {
            round: certificate.round,
            voters: certificate.signatures.flatMap(([voter]) => certifiedBy[voter]?.member ?? []),
          };
    const roster = rosterAfter(before.roster, {
      height,
      lastProposer: head === null ? null : memberOf(head.builder),
      certified,
      offenders: offences.map(([, accused]) => accused),
      requests,
    });
    const rows = keyRowsAfter(
      height,
      before.roster.validators,
      roster.validators,
      (key) => before.keys.get(key) ?? null,
    );
    return {
      head: block,
      roster,
      context: contextOf(roster, height + 1),
      keys: rows.length === 0 ? before.keys : new Map([...before.keys, ...rows]),
      recorded:
        offences.length === 0
          ? before.recorded
          : new Set([...before.recorded, ...offences.map(([piece]) => offenceKey(piece))]),
      requestCount: before.requestCount + requests.length,
    };
  }
}

function isSuspended(validators: readonly Validator[], member: MemberId): boolean {
  return validators.some((one) => one.member === member && one.suspended);
}

function contextOf(roster: Roster, height: number): HeightContext {
  return { network, era: 0, height, validators: roster.validators, eligible: eligibleOf(roster) };
}
