import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { genesisValidators } from "@tegata/ledger/chain";
import { encode, type MemberId, toHex } from "@tegata/ledger/primitives";
import { type ChainStore, openChainStore } from "@tegata/ledger/storage";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../../test/helpers/waiting.ts";
import { Signal } from "../../src/signal.ts";
import { type SyncLimits, syncLimits } from "../../src/sync/limits.ts";
import { checkOffer } from "../../src/sync/offer-check.ts";
import type { SyncRequest } from "../../src/sync/requests.ts";
import {
  type ArrivingOffer,
  decodeBucketsAnswer,
  decodeOfferAnswer,
  decodeSetChangesAnswer,
  encodeBucketsAnswer,
  encodeOfferAnswer,
  encodeSetChangesAnswer,
} from "../../src/sync/snapshot-answers.ts";
import { type ArrivedSnapshot, SnapshotFetch } from "../../src/sync/snapshot-fetch.ts";
import type { TrustedBlock } from "../../src/sync/trusted-block.ts";
import { Timers } from "../../src/timers.ts";
import { Consortium } from "../helpers/consortium.ts";
import { growChain, openGrown } from "../helpers/grown-chain.ts";
import { seedChains } from "../helpers/seeded-chain.ts";
import { type AlteredOffer, Answering, honestly, type Serve } from "../helpers/snapshot-server.ts";

const heightLast = 290;
const snapshotHeight = 256;
const impatient: SyncLimits = {
  ...{ ...syncLimits, requestTimeoutMs: 250, avoidMs: 400 },
  bucketsPerRequest: 256,
};

let network: Consortium;
let store: ChainStore;
let honest: Serve;
const folders: string[] = [];
const timers = new Timers();

beforeAll(async () => {
  network = await Consortium.found(4);
  // Block 1 takes the last company's vote away: the way leads over one change of the set.
  const founders = genesisValidators(network.genesis).map(({ member }) => member);
  const changes = [{ type: "remove", member: network.member(3).memberId } as const];
  await seedChains(network, { validators: founders, changes });
  const writer = network.writer(0);
  const written = () => [writer.createStream(), writer.void()];
  await growChain(network, 0, { heightLast, written, snapshots: [snapshotHeight] });
  store = await openGrown(network, 0);
  honest = await honestly(network, store);
}, 60_000);
afterAll(async () => {
  timers.stop();
  await store.close();
  await network.end();
});
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tegata-arrive-"));
  folders.push(folder);
  return folder;
}

const member = (letter: string): MemberId => letter.repeat(64) as MemberId;
const liar = member("a");

interface Fetching {
  readonly fetch: SnapshotFetch;
  readonly outcome: Promise<ArrivedSnapshot | "unavailable">;
  /** Members that the log names, with the reason. */
  readonly named: { readonly member: string; readonly reason: string }[];
}

function begin(
  folder: string,
  answering: Answering,
  trusted: TrustedBlock | null = null,
): Fetching {
  const named: Fetching["named"] = [];
  const write = (line: string): void => {
    const { level, member: who, reason } = JSON.parse(line);
    if (level === 40 && who !== undefined) named.push({ member: who, reason });
  };
  const outcome = Promise.withResolvers<ArrivedSnapshot | "unavailable">();
  const fetch = new SnapshotFetch({
    ...{ network: answering, genesis: network.genesis, folder, limits: impatient },
    trusted: () => trusted,
    log: pino({}, { write }),
    connected: new Signal(timers),
    onArrived: (snapshot) => outcome.resolve(snapshot),
    onUnavailable: () => outcome.resolve("unavailable"),
    onFault: (error) => outcome.reject(error),
  });
  fetch.start();
  return { fetch, outcome: outcome.promise, named };
}

/** What arrived is installed, and is the state of the chain it came from. */
async function expectWhole(folder: string, { outcome }: Fetching): Promise<void> {
  const snapshot = await outcome;
  if (snapshot === "unavailable") throw new Error("a snapshot arrives");
  const { networkId } = network.genesis;
  const place = join(folder, "node");
  const taken = await openChainStore({ folder: place, networkId, mode: "install", snapshot });
  await snapshot.close();
  expect(taken.head().height).toBe(snapshotHeight);
  expect(taken.head().blockId).toBe(store.blockId(snapshotHeight));
  expect(taken.stateRoot(snapshotHeight)).toBe(store.stateRoot(snapshotHeight));
  for await (const checked of taken.checkState()) expect(checked).toBeGreaterThan(0);
  await taken.close();
}

const ofKind =
  (kind: SyncRequest["kind"], alter: (answer: Uint8Array) => Uint8Array): Serve =>
  async (request) => {
    const answer = await honest(request);
    return request.kind === kind && answer !== null ? alter(answer) : answer;
  };
const altered = (alter: AlteredOffer): Serve =>
  ofKind("offer", (answer) => {
    const offer = decodeOfferAnswer(answer);
    return encodeOfferAnswer(offer === null ? null : alter(offer));
  });
const flip = (bytes: Uint8Array, index: number): Uint8Array => {
  const copy = bytes.slice();
  const at = index % copy.length;
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
};
const buckets = (alter: (buckets: readonly Uint8Array[]) => readonly Uint8Array[]): Serve =>
  ofKind("buckets", (answer) => encodeBucketsAnswer(alter(decodeBucketsAnswer(answer))));
const nonsense = new Uint8Array(3_000).fill(0x5a);

/** Each sort of liar, and whether the log has to name it. */
const liars: readonly (readonly [sort: string, serve: Serve, isNamed: boolean])[] = [
  ["gives a bucket with another byte", buckets((all) => all.map((one) => flip(one, 9))), true],
  ["gives buckets in another order", buckets((all) => all.toReversed()), true],
  ["gives no bucket", buckets(() => []), true],
  ["gives more buckets than asked for", buckets((all) => [...all, ...all]), true],
  ["gives empty buckets", buckets((all) => all.map(() => encode([]))), true],
  ["gives garbage for buckets", ofKind("buckets", () => nonsense), true],
  ["gives garbage for an offer", ofKind("offer", () => nonsense), true],
  ["gives garbage for changes of the set", ofKind("setChanges", () => nonsense), true],
  ["gives garbage for everything", async () => nonsense, true],
  [
    "offers another bucket root",
    altered((offer) => ({ ...offer, bucketRoots: flip(offer.bucketRoots, 77) })),
    true,
  ],
  [
    "offers another number of keys",
    altered((offer) => ({ ...offer, keyCount: offer.keyCount + 1 })),
    true,
  ],
  [
    "offers a header that nobody signed",
    altered((offer) => ({ ...offer, header: flip(offer.header, offer.header.length - 5) })),
    true,
  ],
  [
    "offers a root that nobody signed",
    altered((offer) => ({ ...offer, proofHeader: flip(offer.proofHeader, 150) })),
    true,
  ],
  [
    "offers the certificate of another height",
    altered((offer) => ({ ...offer, proofCertificate: offer.certificate })),
    true,
  ],
  [
    "leaves changes of the set out",
    ofKind("setChanges", () => encodeSetChangesAnswer([], false)),
    true,
  ],
  [
    "gives changes of the set that nobody decided",
    ofKind("setChanges", (answer) => {
      const { changes } = decodeSetChangesAnswer(answer);
      const other = changes.map((one) => ({ ...one, certificate: flip(one.certificate, 60) }));
      return encodeSetChangesAnswer(other, false);
    }),
    true,
  ],
  [
    "says that there are ever more changes of the set",
    ofKind("setChanges", () => encodeSetChangesAnswer([], true)),
    true,
  ],
  ["says nothing", () => new Promise(() => undefined), false],
  [
    "says nothing when it is asked for buckets",
    (request) => (request.kind === "buckets" ? new Promise(() => undefined) : honest(request)),
    false,
  ],
  ["refuses everything", async () => null, false],
  [
    "refuses buckets",
    async (request) => (request.kind === "buckets" ? null : honest(request)),
    false,
  ],
];

describe("a snapshot arrives from the others although a member", () => {
  test.each(liars)("%s", async (_sort, serve, isNamed) => {
    const folder = temporaryFolder();
    const answering = new Answering();
    answering.add(liar, serve);
    answering.add(member("b"), honest);
    const fetching = begin(folder, answering);
    await expectWhole(folder, fetching);
    expect(new Set(fetching.named.map(({ member: who }) => who))).toEqual(
      new Set(isNamed ? [liar] : []),
    );
    await fetching.fetch.stop();
  });

  test("is one of two that lie and a third alone is honest", async () => {
    const folder = temporaryFolder();
    const answering = new Answering();
    answering.add(
      liar,
      buckets((all) => all.map((one) => flip(one, 3))),
    );
    answering.add(member("b"), async () => nonsense);
    answering.add(member("c"), honest);
    const fetching = begin(folder, answering);
    await expectWhole(folder, fetching);
    await fetching.fetch.stop();
  });

  test("cuts its answer at any byte, or hangs up after any question", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<SyncRequest["kind"]>("offer", "buckets", "setChanges"),
        fc.nat(),
        fc.nat({ max: 12 }),
        fc.boolean(),
        async (kind, place, question, hangsUp) => {
          const folder = temporaryFolder();
          const answering = new Answering();
          let asked = 0;
          answering.add(liar, async (request) => {
            const answer = await honest(request);
            asked += 1;
            if (hangsUp && asked > question) answering.hangUp(liar);
            if (request.kind !== kind || answer === null) return answer;
            return answer.subarray(0, place % answer.length);
          });
          answering.add(member("b"), honest);
          const fetching = begin(folder, answering);
          await expectWhole(folder, fetching);
          await fetching.fetch.stop();
        },
      ),
      { numRuns: 20 },
    );
  }, 60_000);
});

describe("a snapshot", () => {
  test("is not to be had where nobody has one or all lie about it", async () => {
    const answering = new Answering();
    answering.add(
      liar,
      altered((offer) => ({ ...offer, keyCount: 1 })),
    );
    answering.add(member("b"), async () => null);
    const { fetch, outcome } = begin(temporaryFolder(), answering);
    expect(await outcome).toBe("unavailable");
    await fetch.stop();
  });

  test("is gone on with after a stop: what was verified is not asked for again", async () => {
    const folder = temporaryFolder();
    const first = new Answering();
    let given = 0;
    first.add(member("b"), async (request) => {
      if (request.kind === "buckets") given += 1;
      return given > 5 ? new Promise(() => undefined) : honest(request);
    });
    const begun = begin(folder, first);
    await until("some buckets are here", () => given > 5 && begun.fetch.progress.done > 0);
    await begun.fetch.stop();
    const again = new Answering();
    again.add(member("b"), honest);
    const fetching = begin(folder, again);
    await expectWhole(folder, fetching);
    const count = (answering: Answering): number =>
      answering.asked.filter(({ request }) => request.kind === "buckets").length;
    const whole = new Answering();
    whole.add(member("b"), honest);
    const fresh = begin(temporaryFolder(), whole);
    await ((await fresh.outcome) as ArrivedSnapshot).close();
    expect(count(again)).toBeLessThan(count(whole));
    expect(again.asked.some(({ request }) => request.kind === "offer")).toBe(false);
    await Promise.all([fetching.fetch.stop(), fresh.fetch.stop()]);
  });
});

describe("an offer", () => {
  let offer: ArrivingOffer;
  const pace = async (): Promise<void> => undefined;

  beforeAll(async () => {
    const plain = decodeOfferAnswer((await honest({ kind: "offer" })) ?? nonsense);
    const answer = await honest({ kind: "setChanges", height: 1 });
    const { changes: setChanges } = decodeSetChangesAnswer(answer ?? nonsense);
    if (plain === null) throw new Error("there is an offer");
    expect(setChanges).toHaveLength(1);
    offer = { ...plain, setChanges, trusted: null };
  });

  const reasonOf = async (one: ArrivingOffer, trusted: TrustedBlock | null = null) => {
    const verdict = await checkOffer(one, { genesis: network.genesis, trusted, pace });
    return verdict.ok ? null : verdict.reason;
  };
  const at = (height: number): TrustedBlock => {
    const blockId = store.blockId(height);
    if (blockId === null) throw new Error("it is there");
    return { height, blockId };
  };
  const certified = (height: number) => {
    const block = store.block(height);
    const certificate = store.certificate(height);
    if (block === null || certificate === null) throw new Error("it is there");
    return { header: block.headerBytes, certificate };
  };

  test("holds as it is, and not with any byte of it altered", async () => {
    expect(await reasonOf(offer)).toBeNull();
    const fields = ["header", "certificate", "proofHeader", "proofCertificate"] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fields, "bucketRoots" as const),
        fc.nat(),
        async (field, place) => {
          const broken = { ...offer, [field]: flip(offer[field], place) };
          expect(await reasonOf(broken)).not.toBeNull();
        },
      ),
      { numRuns: 120 },
    );
    const [change] = offer.setChanges;
    if (change === undefined) throw new Error("there is one");
    for (const field of ["header", "certificate", "nextValidators"] as const) {
      for (const place of [0, 7, 40, 90]) {
        const setChanges = [{ ...change, [field]: flip(change[field], place) }];
        expect(await reasonOf({ ...offer, setChanges })).not.toBeNull();
      }
    }
    expect(await reasonOf({ ...offer, setChanges: [] })).not.toBeNull();
    expect(await reasonOf({ ...offer, setChanges: [change, change] })).not.toBeNull();
  });

  test("leads through the trusted block wherever it lies, and through no other", async () => {
    for (const height of [1, 2, 100, snapshotHeight, 260]) {
      const trusted = certified(height);
      expect(await reasonOf({ ...offer, trusted }, at(height)), String(height)).toBeNull();
      expect(await reasonOf(offer, at(height))).toBe("trusted block missing");
      const other = { height, blockId: at(height + 1).blockId };
      expect(await reasonOf({ ...offer, trusted }, other)).toMatch(/another block/);
      const forged = { ...trusted, certificate: certified(height + 1).certificate };
      expect(await reasonOf({ ...offer, trusted: forged }, at(height))).toMatch(/^LIGHT_/);
    }
    // One above the offer is looked at when the chain comes there.
    expect(await reasonOf(offer, at(heightLast))).toBeNull();
    const genesis = { height: 0, blockId: network.genesis.networkId as string };
    expect(await reasonOf(offer, genesis as TrustedBlock)).toBeNull();
    expect(await reasonOf(offer, { ...at(1), height: 0 })).toMatch(/genesis/);
  });

  test("is of a checkpoint with a header that names it", async () => {
    const { header, certificate } = certified(255);
    expect(await reasonOf({ ...offer, header, certificate })).toBe("no checkpoint");
    const early = certified(snapshotHeight + 1);
    const wrong = { proofHeader: early.header, proofCertificate: early.certificate };
    expect(await reasonOf({ ...offer, ...wrong })).toBe("a header of another checkpoint");
    expect(toHex(offer.header)).toBe(toHex(certified(snapshotHeight).header));
  });
});
