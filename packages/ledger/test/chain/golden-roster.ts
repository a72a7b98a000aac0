import {
  type Block,
  buildBlock,
  type CertifiedHeight,
  readRoster,
  requestChange,
  StateView,
  TABLE,
  type TableName,
  tablePrefix,
  type ValidatorChange,
} from "../../src/chain/index.ts";
import { createSigner, type PublicKey, type Signer, toHex } from "../../src/primitives/index.ts";
import { bytesOf, founderOf, type Ledger, newLedger, plan } from "./fixtures.ts";
import { proposerOf } from "./roster-fixtures.ts";
import { commitBytes, evidenceBytes, offenceIn } from "./vote-fixtures.ts";

/** What happens at a height of the golden chain. */
interface Scene {
  /** Changes that wait from here on. */
  readonly requests?: readonly ValidatorChange[];
  /** Round in which the block is built and decided. */
  readonly round?: number;
  /** Founders accused of two precommits at these heights. */
  readonly accused?: readonly (readonly [founder: number, height: number])[];
  /** Founders that do not precommit. */
  readonly silent?: readonly number[];
}

const newKey = createSigner(bytesOf("consensus 1, second key"));
const keyWhileSuspended = createSigner(bytesOf("consensus 2, second key"));
const add = (index: number): ValidatorChange => {
  const { id, card } = founderOf(index);
  return { type: "add", member: id, key: card.consensusKey };
};
const rekey = (index: number, { publicKey }: Signer): ValidatorChange => ({
  type: "rekey",
  member: founderOf(index).id,
  key: publicKey,
});
const on = (type: "remove" | "restore", index: number): ValidatorChange => ({
  type,
  member: founderOf(index).id,
});

/**
 * One of everything: failed rounds, growth, new keys, one of them of a suspended member, evidence, a
 * restored and two removed members.
 */
const scenes: readonly Scene[] = [
  {},
  { round: 1 },
  { silent: [3] },
  { round: 2 },
  { requests: [add(4), rekey(1, newKey), add(5)] },
  { round: 1 },
  { accused: [[2, 6]] },
  { requests: [add(6), rekey(2, keyWhileSuspended)] },
  {},
  { requests: [on("restore", 2)], silent: [0] },
  { round: 1 },
  {
    accused: [
      [0, 10],
      [3, 11],
    ],
    requests: [on("remove", 5)],
  },
  { round: 2 },
  { requests: [on("remove", 0), on("remove", 4), on("remove", 6)] },
  {},
  {},
];

function signerOf(silent: readonly number[]): (key: PublicKey) => Signer | null {
  const signers = new Map([newKey, keyWhileSuspended].map((signer) => [signer.publicKey, signer]));
  for (let index = 0; index < 7; index += 1) {
    const { consensus } = founderOf(index).signers;
    if (!silent.includes(index)) signers.set(consensus.publicKey, consensus);
  }
  return (key) => signers.get(key) ?? null;
}

/** Makes these changes wait and gives the value of their table; null where none are asked for. */
function seed(ledger: Ledger, requests: readonly ValidatorChange[]): string | null {
  if (requests.length === 0) return null;
  const view = new StateView(ledger.state);
  for (const request of requests) requestChange(view, request);
  ledger.state.write(view.changes());
  return tableOf(ledger, "validatorChanges");
}

function tableOf(ledger: Ledger, table: TableName): string {
  return toHex(ledger.state.get(tablePrefix(table)) ?? new Uint8Array(0));
}

/** How the head was decided. */
interface Decision {
  readonly certificate: Uint8Array;
  readonly certified: CertifiedHeight | null;
}

/** Builds the next block and decides it in the scene's round. */
function play(ledger: Ledger, scene: Scene, last: Decision): Decision & { readonly block: Block } {
  const { round = 0, accused = [], silent = [] } = scene;
  const network = ledger.genesis.networkId;
  const roster = readRoster(ledger.state);
  const evidence = accused.map(([index, at]) => evidenceBytes(founderOf(index), at, network));
  const { block, changes } = buildBlock({
    ...plan(ledger, []),
    proposer: proposerOf(roster, ledger.head.height + 1, round),
    previousCertificate: last.certificate,
    certified: last.certified,
    evidence,
    offence: offenceIn(network),
  });
  if (block.evidence.length !== evidence.length) throw new Error("evidence was left out");
  ledger.state.write(changes);
  const { height, timeMs } = block.header;
  ledger.head = { height, blockId: block.id, timeMs };
  const signers = signerOf(silent);
  const certificate = commitBytes(ledger.head, network, round, roster.validators, signers);
  const voters = roster.validators.flatMap(({ member, key, suspended }) =>
    suspended || signers(key) === null ? [] : [member],
  );
  return { block, certificate, certified: { round, voters } };
}

/** A chain of signed blocks in which the roster changes at almost every height. */
export function goldenRoster(): Readonly<Record<string, unknown>> {
  const ledger = newLedger(4);
  let last: Decision = { certificate: new Uint8Array(0), certified: null };
  const blocks = scenes.map((scene) => {
    const waiting = seed(ledger, scene.requests ?? []);
    const { block, certificate, certified } = play(ledger, scene, last);
    last = { certificate, certified };
    const after = readRoster(ledger.state);
    const next = ledger.head.height + 1;
    return {
      waiting,
      block: toHex(block.bytes),
      certificate: toHex(certificate),
      validators: tableOf(ledger, "validators"),
      sidelined: tableOf(ledger, "sidelined"),
      lastHeight: tableOf(ledger, "lastHeight"),
      validatorChanges: tableOf(ledger, "validatorChanges"),
      nextProposers: [0, 1, 2, 3].map((round) => proposerOf(after, next, round)),
    };
  });
  const state = ledger.state
    .entries()
    .filter(([key]) => (key[0] as number) >= TABLE.validators)
    .map(([key, value]) => ({ key: toHex(key), value: toHex(value) }));
  return { genesis: toHex(ledger.genesis.bytes), blocks, state };
}
