// A network whose members do what a draw says, and what holds whatever they do.
import {
  type Action,
  type Block,
  type BlockEffect,
  buildBlock,
  type ContentOf,
  cardIn,
  cardKeys,
  cardSkeletons,
  checkBlock,
  checkTransaction,
  currentKey,
  decodeAction,
  decodeApplication,
  defaultParameters,
  electorateOf,
  type Kind,
  latestMilestone,
  type MemberState,
  protocolVersionFirst,
  type RequestState,
  readCounters,
  readKeyOwner,
  readMember,
  readNameOwner,
  readOpenings,
  readParameters,
  readRequest,
  readRoster,
  readValidators,
  type StateReader,
  standingValidators,
  TABLE,
  type Transaction,
  tables,
  tallyOf,
  type Validator,
  votesNeeded,
} from "../../src/chain/index.ts";
import { fromHex, type MemberId, toHex } from "../../src/primitives/index.ts";
import {
  checksOf,
  type Founder,
  founderOf,
  type Ledger,
  newLedger,
  nextContext,
  plan,
  sign,
  streamOf,
  voidEntry,
} from "./fixtures.ts";
import {
  application,
  apply,
  invite,
  laterSigner,
  membership,
  propose,
  ready,
  rotation,
  vote,
} from "./membership-fixtures.ts";
import { evidenceBytes, offenceIn } from "./vote-fixtures.ts";

/** Companies of the walk: the founders, and those that may be invited. */
const companyCount = 8;

/** An hour, a day, and more than a request stands. */
const longMs = [3_600_000, 86_400_000, 15 * 86_400_000] as const;

/** One thing that somebody tries. */
export interface Draw {
  readonly what:
    | "invite"
    | "apply"
    | "propose"
    | "vote"
    | "ready"
    | "leave"
    | "stand-down"
    | "rotate-key"
    | "addresses"
    | "void"
    | "accuse"
    | "block"
    | "long block";
  readonly by: number;
  readonly about: number;
  readonly choice: number;
}

/** A block of the walk with the state before it. */
export interface Step {
  readonly block: Block;
  readonly before: readonly (readonly [Uint8Array, Uint8Array])[];
  readonly head: Ledger["head"];
  readonly effect: BlockEffect;
  readonly validators: readonly Validator[];
}

/** The network, what waits for its next block, and all blocks so far. */
export class Walk {
  readonly ledger: Ledger;
  readonly steps: Step[] = [];
  #waiting: Transaction[] = [];
  #accused: Uint8Array[] = [];
  #invitations = 0;

  constructor(founders: number) {
    this.ledger = newLedger(founders);
  }

  try(draw: Draw): void {
    const { what, choice } = draw;
    if (what === "block") this.block(1_000);
    else if (what === "long block") this.block(longMs[choice % longMs.length] ?? 0);
    else if (what === "accuse") this.#accuse(founderOf(draw.about % companyCount));
    else this.#say(draw);
  }

  #accuse(accused: Founder): void {
    const { genesis, head } = this.ledger;
    this.#accused.push(evidenceBytes(accused, Math.max(1, head.height), genesis.networkId));
  }

  #say(draw: Draw): void {
    const by = founderOf(draw.by % companyCount);
    const content = this.#content(draw, by);
    if (content === null) return;
    const transaction = this.#signed(by, content);
    // A lane holds one new transaction a block here, for its content is made on the state of the head.
    const isTaken = this.#waiting.some(
      ({ memberId, lane }) => memberId === by.id && lane === transaction.lane,
    );
    const context = nextContext(this.ledger);
    if (isTaken || !checkTransaction(this.ledger.state, transaction, context).ok) return;
    this.#waiting.push(transaction);
  }

  block(laterMs: number): void {
    const { ledger } = this;
    const candidates = this.#waiting;
    const network = ledger.genesis.networkId;
    const { block } = buildBlock({
      ...plan(ledger, candidates, laterMs),
      evidence: this.#accused,
      offence: offenceIn(network),
    });
    const head = { ...ledger.head };
    const before = ledger.state.entries();
    const checks = { ...checksOf(ledger), offence: offenceIn(network) };
    const effect = checkBlock(ledger.state, head, block, checks);
    if (!effect.ok) throw new Error(`the block is refused: ${effect.code}`);
    const validators = readValidators(ledger.state);
    ledger.state.write(effect.changes);
    ledger.head = { height: block.header.height, blockId: block.id, timeMs: block.header.timeMs };
    this.steps.push({ block, before, head, effect, validators });
    this.#waiting = [];
    this.#accused = [];
  }

  #signed(by: Founder, content: ContentOf<Kind>): Transaction {
    const state = readMember(this.ledger.state, by.id);
    const version = state === null ? 1 : currentKey(state, "transaction").version;
    const transaction =
      version === 1 ? by.signers.transaction : laterSigner(by, "transaction", version);
    const signer = { ...by, signers: { ...by.signers, transaction } };
    return sign(this.ledger, signer, { ...content, keyVersion: version }) as Transaction;
  }

  #content(draw: Draw, by: Founder): ContentOf<Kind> | null {
    const { ledger } = this;
    const about = founderOf(draw.about % companyCount);
    switch (draw.what) {
      case "invite":
        this.#invitations += 1;
        return invite(ledger, by, `company ${this.#invitations}`);
      case "apply": {
        const [first] = readOpenings(ledger.state, by.id).invitations;
        if (first === undefined) return null;
        return apply(ledger, by, application(ledger, about, first.companyName));
      }
      case "propose":
        return propose(ledger, by, this.#action(draw, about));
      case "vote": {
        const open = requestsOf(ledger.state);
        const request = open[draw.choice % Math.max(1, open.length)];
        if (request === undefined) return null;
        return vote(ledger, by, request.number, request.hash, draw.about % 4 !== 0);
      }
      case "ready":
        return this.#ready(by);
      case "rotate-key": {
        const role =
          (["network", "consensus", "transaction"] as const)[draw.choice % 3] ?? "network";
        const state = readMember(ledger.state, about.id);
        const version = state === null ? 1 : currentKey(state, role).version + 1;
        const isCompromised = draw.choice % 2 === 0;
        const root = draw.choice % 5 === 0 ? null : about.signers.root;
        const body = rotation(ledger, about, { role, version, isCompromised }, { root });
        return membership(ledger, by, "rotate-key", body);
      }
      case "addresses":
        return membership(ledger, by, "addresses", { addresses: [] });
      case "void":
        return voidEntry(ledger, by, streamOf(`lane ${draw.choice % 2}`, by));
      case "leave":
        return membership(ledger, by, "leave", {});
      default:
        return membership(ledger, by, "stand-down", {});
    }
  }

  #action({ choice }: Draw, { id: member }: Founder): Action {
    const rule = (["majority", "two-thirds", "all"] as const)[choice % 3] ?? "all";
    const parameters = { ...defaultParameters, admission: rule };
    const actions: readonly Action[] = [
      { type: "remove", member },
      { type: "suspend", member },
      { type: "readmit", member },
      { type: "parameters", parameters },
      {
        type: "protocol-version",
        version: protocolVersionFirst + 1 + choice,
        height: this.ledger.head.height + 2_000,
      },
    ];
    return actions[choice % actions.length] as Action;
  }

  #ready(by: Founder): ContentOf<"ready"> | null {
    const milestone = latestMilestone(this.ledger.state);
    const state = readMember(this.ledger.state, by.id);
    if (milestone === null || state === null) return null;
    const { version } = currentKey(state, "consensus");
    const signer = version === 1 ? by.signers.consensus : laterSigner(by, "consensus", version);
    return ready(this.ledger, by, milestone, state.admission, signer);
  }
}

type State = Ledger["state"];

function rowsOf<T>(state: State, table: keyof typeof TABLE, decode: (value: Uint8Array) => T) {
  return state
    .entries()
    .flatMap(([key, value]): (readonly [Uint8Array, T])[] =>
      key[0] === TABLE[table] ? [[key, decode(value)]] : [],
    );
}

/** All open requests with their numbers. */
export function requestsOf(state: State): readonly (RequestState & { readonly number: number })[] {
  return rowsOf(state, "request", (value) => tables.request.decode(value)).map(([key, row]) => ({
    ...row,
    number: new DataView(key.buffer, key.byteOffset).getUint32(1),
  }));
}

function membersOf(state: State): readonly (readonly [MemberId, MemberState])[] {
  return rowsOf(state, "member", (value) => tables.member.decode(value)).map(([key, row]) => [
    toHex(key.subarray(1)) as MemberId,
    row,
  ]);
}

/** Rules broken by a state, in words; none is the answer that is hoped for. */
export function brokenIn({ state }: Ledger): readonly string[] {
  return [
    ...brokenKeys(state),
    ...brokenNames(state),
    ...brokenSet(state),
    ...brokenRequests(state),
  ];
}

function brokenKeys(state: State): readonly string[] {
  const found: string[] = [];
  const seen = new Map<string, string>();
  for (const [id, row] of membersOf(state)) {
    const keys = [
      ["root", fromHex(row.rootKey)],
      ["recovery", row.recoveryKey],
      ...row.keys.map(({ role, key }) => [role, key] as const),
    ] as const;
    for (const [use, key] of keys) {
      const name = `${id} ${use}`;
      const hex = toHex(key);
      if (seen.has(hex)) found.push(`${name} has the key of ${seen.get(hex)}`);
      seen.set(hex, name);
      const owner = readKeyOwner(state, key);
      if (owner?.member !== id || owner.use !== use) found.push(`a key of ${name} is not taken`);
    }
    for (const role of ["network", "consensus", "transaction", "encryption"] as const) {
      const current = row.keys.filter((key) => key.role === role && key.endMs === null);
      if (current.length !== 1) found.push(`${id} has ${current.length} current keys of ${role}`);
    }
  }
  return found;
}

function brokenNames(state: State): readonly string[] {
  const present = membersOf(state).filter(([, { leftHeight }]) => leftHeight === null);
  const names = present.flatMap(([id, row]) =>
    cardSkeletons(row).map((skeleton) => readNameOwner(state, skeleton) === id),
  );
  const rows = rowsOf(state, "name", (value) => value).length;
  const found =
    names.includes(false) || rows !== names.length ? ["names are not the members'"] : [];
  const counted = readCounters(state).members === present.length;
  return counted ? found : [...found, "the number of members is wrong"];
}

function brokenSet(state: State): readonly string[] {
  const { validators, changes } = readRoster(state);
  const found: string[] = [];
  const suspended = validators.filter((each) => each.suspended).length;
  if (suspended > Math.floor((validators.length - 1) / 3)) found.push("more than f are suspended");
  for (const { member } of validators) {
    const isGoing = changes.some((each) => each.type === "remove" && each.member === member);
    if (readMember(state, member)?.leftHeight !== null && !isGoing) {
      found.push(`${member} has left and stays in the set`);
    }
  }
  return found;
}

function brokenRequests(state: State): readonly string[] {
  const found: string[] = [];
  const open = requestsOf(state);
  const last = readCounters(state).requests;
  for (const { number, proposer, subject, votes, actionBytes } of open) {
    if (number > last || !readOpenings(state, proposer).requests.includes(number)) {
      found.push(`request ${number} is not its proposer's`);
    }
    const electorate = electorateOf(state, subject);
    const tally = tallyOf(state, { subject, votes });
    const needed = votesNeeded(readParameters(state).admission, electorate.length);
    if (tally.needed !== needed || tally.yes + tally.no > electorate.length) {
      found.push(`request ${number} is counted wrongly`);
    }
    if (subject !== null && electorate.includes(subject))
      found.push(`${subject} decides on itself`);
    const action = decodeAction(actionBytes);
    if (action.type === "admit") found.push(...leaksOf(state, action.application));
  }
  for (const [, { requests, invitations }] of rowsOf(state, "openings", (value) =>
    tables.openings.decode(value),
  )) {
    if (requests.some((number) => readRequest(state, number) === null))
      found.push("a request is gone");
    if (requests.length > 16 || invitations.length > 8) found.push("too much is open");
  }
  return found;
}

/** What the state says of an applicant of whom nobody has decided, unless it was admitted by another request. */
function leaksOf(state: State, bytes: Uint8Array): readonly string[] {
  const card = cardIn(decodeApplication(bytes));
  if (card === null) return ["an application without a card"];
  if (readMember(state, card.memberId) !== null) return [];
  const isTaken = cardKeys(card).some((key) => readKeyOwner(state, fromHex(key)) !== null);
  return isTaken ? [`keys of the applicant ${card.name} are taken`] : [];
}

/** How many seats differ between two sets. */
export function seatsChanged(before: readonly Validator[], after: readonly Validator[]): number {
  const members = new Set([...before, ...after].map(({ member }) => member));
  return [...members].filter((id) => {
    const [one, other] = [before, after].map((set) => set.find(({ member }) => member === id));
    return one?.key !== other?.key || one?.suspended !== other?.suspended;
  }).length;
}

/** Whether somebody can still decide, unless everybody else was suspended while the rest was leaving. */
export function canDecide({ state }: { readonly state: StateReader }): boolean {
  return standingValidators(state).length > 0;
}
