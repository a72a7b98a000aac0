import { type CommitCertificate, encodeMessage, quorumOf, voteSignBytes } from "@tegata/consensus";
import {
  type BlockHeader,
  blockIdOf,
  buildGenesis,
  type Change,
  certificateHashOf,
  changesRootOf,
  defaultParameters,
  eligibleOf,
  encodeHeader,
  encodeValidators,
  evidenceRootOf,
  type Genesis,
  genesisHead,
  genesisRoster,
  genesisValidators,
  type Roster,
  rosterAfter,
  signCard,
  transactionsRootOf,
  type Validator,
  type ValidatorChange,
  validatorsHashOf,
} from "@tegata/ledger/chain";
import {
  type BlockId,
  createSigner,
  hashId,
  type MemberId,
  type NetworkId,
  type PublicKey,
  type Signer,
  sha256,
  type TransactionId,
  transactionId,
} from "@tegata/ledger/primitives";
import { createXwingKeyPair } from "@tegata/ledger/vault";
import { advance, founded, type Light, type LightStep } from "../../src/index.ts";

/** 32 bytes that stand for a word. */
export function bytesOf(word: string): Uint8Array {
  return sha256(new TextEncoder().encode(`light test ${word}`));
}

const foundedMs = 1_795_132_800_000;
const networkName = "Kansai Motors";
const names = ["Asahi", "Birch", "Chubu", "Daiwa", "Eiko", "Fuji", "Ginza"];

function personOf(name: string, index: number) {
  const signers = {
    root: createSigner(bytesOf(`root ${index}`)),
    network: createSigner(bytesOf(`network ${index}`)),
    consensus: createSigner(bytesOf(`consensus ${index}`)),
    transaction: createSigner(bytesOf(`transaction ${index}`)),
  };
  const card = signCard(
    {
      networkName,
      name: `${name} Motors`,
      handle: `company-${"abcdefg"[index]}`,
      rootKey: signers.root.publicKey,
      recoveryKey: createXwingKeyPair(bytesOf(`recovery ${index}`)).publicKey.bytes,
      networkKey: signers.network.publicKey,
      consensusKey: signers.consensus.publicKey,
      transactionKey: signers.transaction.publicKey,
      encryptionKey: createXwingKeyPair(bytesOf(`encryption ${index}`)).publicKey.bytes,
      encryptionSeedSeal: new Uint8Array(1_168).fill(index),
      addresses: [`/ip4/192.0.2.${index + 1}/tcp/4100`],
      expiresMs: foundedMs + 86_400_000,
    },
    signers,
  );
  const spare = createSigner(bytesOf(`second consensus ${index}`));
  return { card, member: card.memberId, key: signers.consensus.publicKey, spare };
}

/** Seven companies; who founds a network and who joins it later is up to a test. */
export const people = names.map(personOf);

const signerOfKey = new Map<PublicKey, Signer>(
  names.flatMap((_, index) =>
    [`consensus ${index}`, `second consensus ${index}`].map((word) => {
      const signer = createSigner(bytesOf(word));
      return [signer.publicKey, signer] as const;
    }),
  ),
);

/** Member and key of a person. */
export function person(index: number): (typeof people)[number] {
  const found = people[index];
  if (found === undefined) throw new Error(`there is no person ${index}`);
  return found;
}

/** A network of the first people. */
export function genesisOf(founders: number): Genesis {
  const cards = people.slice(0, founders).map(({ card }) => card);
  return buildGenesis(cards, defaultParameters, foundedMs);
}

/** What precommits are for. */
export interface Ballot {
  readonly network: NetworkId;
  readonly era: number;
  readonly height: number;
  readonly round: number;
  readonly blockId: BlockId;
  readonly type: "prevote" | "precommit";
}

/** A validator's signature, whoever sits at its index. */
export function signatureOf(ballot: Ballot, validator: Validator, voter: number): Uint8Array {
  const { network, era, ...vote } = ballot;
  const signer = signerOfKey.get(validator.key);
  if (signer === undefined) throw new Error(`nobody has the key ${validator.key}`);
  return signer.sign(voteSignBytes({ ...vote, voter }, network, era));
}

/** Indexes of those whose votes count. */
export function unsuspended(validators: readonly Validator[]): readonly number[] {
  return validators.flatMap(({ suspended }, index) => (suspended ? [] : [index]));
}

/** A commit certificate of these voters. */
export function commitOf(
  ballot: Ballot,
  validators: readonly Validator[],
  voters: readonly number[],
): CommitCertificate {
  const { height, round, blockId } = ballot;
  const signatures = voters.map(
    (voter) => [voter, signatureOf(ballot, validators[voter] as Validator, voter)] as const,
  );
  return { type: "precommit", height, round, blockId, signatures };
}

/** Bytes of a commit certificate. */
export function certificateBytes(certificate: CommitCertificate): Uint8Array {
  return encodeMessage({ kind: "commit", certificate });
}

/** What a block does to the set of validators. */
export interface Plan {
  readonly requests?: readonly ValidatorChange[];
  readonly offenders?: readonly MemberId[];
}

/** A decided height and what it was made of. */
export interface Made {
  /** As a server would give it: validators only where they are new. */
  readonly step: LightStep;
  readonly header: BlockHeader;
  readonly ballot: Ballot;
  readonly commit: CommitCertificate;
  /** In force at this height. */
  readonly validators: readonly Validator[];
  readonly transactionIds: readonly TransactionId[];
  readonly changes: readonly Change[];
}

function voters(validators: readonly Validator[], height: number): readonly number[] {
  const able = unsuspended(validators);
  const quorum = quorumOf(validators.length);
  const chosen = Array.from({ length: quorum }, (_, index) => able[(height + index) % able.length]);
  return (chosen as number[]).sort((a, b) => a - b);
}

/** Each time another quorum decides; rosters follow the rules of the ledger. */
export function chainOf(genesis: Genesis, plans: readonly Plan[]): readonly Made[] {
  const chain: Made[] = [];
  let roster: Roster = genesisRoster(genesisValidators(genesis));
  for (const plan of plans) {
    const before = chain.at(-1) ?? null;
    const made = madeAfter(genesis, before, roster, plan);
    chain.push(made.height);
    roster = made.roster;
  }
  return chain;
}

function madeAfter(genesis: Genesis, before: Made | null, roster: Roster, plan: Plan) {
  const { height, previousBlockId, timeMs } =
    before === null
      ? { height: 1, previousBlockId: genesisHead(genesis).blockId, timeMs: genesis.timeMs }
      : {
          height: before.header.height + 1,
          previousBlockId: before.ballot.blockId,
          timeMs: before.header.timeMs,
        };
  const { validators } = roster;
  const eligible = eligibleOf(roster);
  const proposer = validators[eligible[height % eligible.length] as number] as Validator;
  const after = rosterAfter(roster, {
    height,
    lastProposer: before?.header.proposer ?? null,
    certified: before === null ? null : { round: 0, voters: signersOf(before) },
    offenders: plan.offenders ?? [],
    requests: plan.requests ?? [],
  });
  const transactionIds = Array.from({ length: height % 5 }, (_, index) =>
    transactionId(bytesOf(`transaction ${height} ${index}`)),
  );
  const changes: readonly Change[] = [
    [Uint8Array.of(1, height), bytesOf(`change ${height}`)],
    [Uint8Array.of(2), null],
    [Uint8Array.of(10), Uint8Array.of(height)],
  ];
  const header: BlockHeader = {
    height,
    timeMs: timeMs + 1_000,
    proposer: proposer.member,
    previousBlockId,
    transactionsRoot: transactionsRootOf(transactionIds),
    changesRoot: changesRootOf(changes),
    stateRoot: hashId(bytesOf("state")),
    validatorsHash: validatorsHashOf(validators),
    nextValidatorsHash: validatorsHashOf(after.validators),
    previousCertificateHash: certificateHashOf(before?.step.certificate ?? new Uint8Array(0)),
    evidenceRoot: evidenceRootOf([]),
  };
  const isNew = before !== null && before.header.validatorsHash !== header.validatorsHash;
  const made = decided(genesis.networkId, header, validators, isNew);
  return { roster: after, height: { ...made, transactionIds, changes } };
}

function signersOf({ commit, validators }: Made): readonly MemberId[] {
  return commit.signatures.flatMap(([voter]) => validators[voter]?.member ?? []);
}

/** A header and the certificate with which this set decides it, whatever the header says. */
export function decided(
  network: NetworkId,
  header: BlockHeader,
  validators: readonly Validator[],
  withValidators: boolean,
): Omit<Made, "transactionIds" | "changes"> {
  const headerBytes = encodeHeader(header);
  const ballot: Ballot = {
    network,
    era: 0,
    height: header.height,
    round: 0,
    blockId: blockIdOf(headerBytes),
    type: "precommit",
  };
  const commit = commitOf(ballot, validators, voters(validators, header.height));
  const step: LightStep = {
    header: headerBytes,
    certificate: certificateBytes(commit),
    validators: withValidators ? encodeValidators(validators) : null,
  };
  return { step, header, ballot, commit, validators };
}

const add = (index: number): Plan => {
  const { member, key } = person(index);
  return { requests: [{ type: "add", member, key }] };
};
const remove = (index: number): Plan => {
  const { member } = person(index);
  return { requests: [{ type: "remove", member }] };
};

/** One company founds, six join one after the other, one lies, one takes a new key, all but one leave. */
export const lifePlans: readonly Plan[] = [
  {},
  ...[1, 2, 3, 4, 5, 6].map(add),
  {},
  { offenders: [person(6).member] },
  {},
  { requests: [{ type: "rekey", member: person(1).member, key: person(1).spare.publicKey }] },
  ...[6, 5, 4, 3].map(remove),
  {},
  ...[2, 0].map(remove),
  {},
  {},
];

/** The founder's network and its whole life. */
export const life = (() => {
  const genesis = genesisOf(1);
  return { genesis, heights: chainOf(genesis, lifePlans) };
})();

/** A height of the life, from 1. */
export function heightAt(height: number): Made {
  const made = life.heights[height - 1];
  if (made === undefined) throw new Error(`the life has no height ${height}`);
  return made;
}

/** A follower that has followed the life so far. */
export function followedTo(height: number): Light {
  return life.heights.slice(0, height).reduce((light, { step }) => {
    const verdict = advance(light, step);
    if (!verdict.ok) throw new Error(`${light.height + 1}: ${verdict.code}`);
    return verdict.light;
  }, founded(life.genesis));
}
