import {
  type Block,
  decodeBlock,
  memoryState,
  readValidators,
  tablePrefix,
  type Validator,
} from "@tegata/ledger/chain";
import { afterEach, describe, expect, test } from "vitest";
import { decodeEvidence, offenceOf } from "../../packages/node/src/evidence/evidence-pool.ts";
import type { Company } from "../helpers/company.ts";
import { CompanyLoad } from "../helpers/company-load.ts";
import { type Consortium, foundConsortium, passphrase } from "../helpers/consortium.ts";
import { HostileNode, type Hostility } from "../helpers/hostile-node.ts";
import { flippedBytes, verifyExit } from "../helpers/offline.ts";
import { decodeCommit } from "../helpers/real-network.ts";
import { until } from "../helpers/waiting.ts";

/** The company whose node contradicts itself, from a height on before which it is like the others. */
const liarHandle = "nishi";
const firstHeight = 12;
const blocksAfter = 20;

let consortium: Consortium | null = null;
let hostile: HostileNode | null = null;

afterEach(async () => {
  await hostile?.end();
  hostile = null;
  await consortium?.close();
  consortium = null;
});

/** A member as `tegata members list --json` shows it. */
interface Listed {
  readonly handle: string;
  readonly member: string;
  readonly name: string;
  readonly standing: string;
  readonly sinceHeight: number;
  readonly offenceHeight: number | null;
}

/** A committed block and who signed the certificate that its node holds. */
interface Committed {
  readonly height: number;
  readonly block: Block;
  readonly voters: readonly number[];
}

/** The companies at work, one of them lying. */
interface Scene {
  readonly honest: readonly Company[];
  readonly liar: Company;
  readonly loads: readonly CompanyLoad[];
}

async function begin(tell: Hostility["tell"]): Promise<Scene> {
  consortium = await foundConsortium([liarHandle]);
  const liar = consortium.company(liarHandle);
  const honest = consortium.companies.filter((company) => company !== liar);
  hostile = await HostileNode.start(liar, passphrase, { first: firstHeight, tell });
  const loads = await Promise.all(honest.map((company) => CompanyLoad.begin(company)));
  return { honest, liar, loads };
}

async function heightOf(company: Company): Promise<number> {
  return (await company.askNode((node) => node.status())).height;
}

async function list(company: Company): Promise<readonly Listed[]> {
  return (await company.json<{ readonly items: readonly Listed[] }>("members", "list")).items;
}

async function readChain(company: Company, height: number): Promise<readonly Committed[]> {
  return company.askNode(async (node) => {
    const chain: Committed[] = [];
    while (chain.length < height) {
      const from = chain.length + 1;
      const { blocks } = await node.blocks(from, { waitMs: 5_000, blocksMax: 200 });
      if (blocks.length === 0) throw new Error(`${company.handle} has no block ${from}`);
      for (const { height, block, certificate } of blocks) {
        const { voters } = decodeCommit(certificate);
        chain.push({ height, block: decodeBlock(block), voters });
      }
    }
    return chain.slice(0, height);
  });
}

/** The validators as the state of a node names them, in the order in which certificates do. */
async function validatorsOf(company: Company): Promise<readonly Validator[]> {
  const { entries } = await company.askNode((node) =>
    node.stateRange(tablePrefix("validators"), { after: null, limit: 10 }),
  );
  return readValidators(memoryState(entries));
}

/** Ends the load and shows that all honest companies hold one chain, with everything in it once. */
async function expectOneChain({ honest, loads }: Scene): Promise<readonly Committed[]> {
  await Promise.all(loads.map((load) => load.end()));
  const height = Math.max(...(await Promise.all(honest.map(heightOf))));
  const chains = await Promise.all(honest.map((company) => readChain(company, height)));
  const [reference = []] = chains;
  for (const chain of chains) {
    expect(chain.map(({ block }) => block.id)).toEqual(reference.map(({ block }) => block.id));
  }
  const records = reference.flatMap(({ block }) => {
    return block.transactions.filter(({ kind }) => kind === "records");
  });
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  expect(records).toHaveLength(loads.reduce((sum, { submissions }) => sum + submissions, 0));
  for (const load of loads) await load.expectOnce();
  return reference;
}

/** Every piece of evidence on a chain: the block that carries it, the key and the height it convicts. */
function accusations(chain: readonly Committed[]) {
  return chain.flatMap(({ height, block }) =>
    block.evidence.map((piece) => ({ height, ...offenceOfBytes(piece) })),
  );
}

function offenceOfBytes(piece: Uint8Array): { readonly key: string; readonly offence: number } {
  const { key, height } = offenceOf(decodeEvidence(piece));
  return { key, offence: height };
}

/** What a company wrote before and after a height is proven to anybody, by way of the change of that height. */
async function expectProvable({ company, stream }: CompanyLoad, changedAt: number): Promise<void> {
  const network = consortium?.networkId ?? "";
  const items: { readonly record: string; readonly height: number }[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) };
    const page = await company.ask((gateway) => gateway.records(stream, query));
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  const places = [
    { steps: 0, record: items.find(({ height }) => height <= changedAt)?.record },
    { steps: 1, record: items.findLast(({ height }) => height > changedAt)?.record },
  ];
  for (const { steps, record = "no such record" } of places) {
    const proof = await company.must(["proof", stream, record, "--facet", "all"]);
    expect((JSON.parse(proof) as { readonly steps: readonly unknown[] }).steps).toHaveLength(steps);
    expect(await verifyExit(proof, network)).toBe(0);
    for (const { place, text } of flippedBytes(proof, 2)) {
      expect([place, await verifyExit(text, network)]).toEqual([place, 8]);
    }
  }
}

describe("a company that signs two things for one place, while the others work", () => {
  test("is named by everybody, votes and proposes no more, and costs nobody a row", async () => {
    const scene = await begin("both");
    const { honest, liar } = scene;
    const [first] = honest as readonly [Company];
    const before = await validatorsOf(first);
    await until(
      "it is suspended",
      async () => (await validatorsOf(first)).some(({ suspended }) => suspended),
      60_000,
    );
    const suspendedAt = await heightOf(first);
    const enough = async () => (await heightOf(first)) >= suspendedAt + blocksAfter;
    await until("the others go on", enough, 60_000);
    const chain = await expectOneChain(scene);

    const found = (await list(first)).find(({ handle }) => handle === liarHandle) as Listed;
    const { sinceHeight, offenceHeight } = found;
    for (const company of honest) {
      for (const listed of await list(company)) {
        const standing =
          listed.handle === liarHandle
            ? { standing: "suspended", sinceHeight, offenceHeight }
            : { standing: "voting", offenceHeight: null };
        expect(listed).toMatchObject(standing);
      }
      const lines = (await company.must(["members", "list"])).split("\n");
      const named = lines.find((line) => line.includes(liarHandle));
      expect(named).toContain(
        `suspended since block ${sinceHeight}: signed twice at ${offenceHeight}`,
      );
      expect(lines.filter((line) => line.includes("proposes and votes"))).toHaveLength(3);
    }

    for (const load of scene.loads) await expectProvable(load, sinceHeight);

    const index = before.findIndex(({ member }) => member === found.member);
    const validators = await validatorsOf(first);
    expect(validators).toEqual(before.map((one, at) => ({ ...one, suspended: at === index })));
    const evidence = accusations(chain);
    expect(evidence).toEqual([
      { height: sinceHeight, key: before[index]?.key, offence: offenceHeight },
    ]);
    const earlier = chain.filter(({ height }) => height <= sinceHeight);
    const after = chain.filter(({ height }) => height > sinceHeight);
    expect(earlier.filter(({ voters }) => voters.includes(index)).length).toBeGreaterThan(0);
    expect(after.length).toBeGreaterThanOrEqual(blocksAfter - 1);
    for (const { block, voters, height } of after) {
      expect(voters).not.toContain(index);
      if (height > sinceHeight + 1) {
        expect(decodeCommit(block.previousCertificate).voters).not.toContain(index);
      }
      expect(block.header.proposer).not.toBe(found.member);
    }
    await until("it follows the others", async () => (await heightOf(liar)) >= chain.length);
    console.info(
      `signed twice at ${offenceHeight}, suspended by block ${sinceHeight};` +
        ` ${after.length} blocks without it, ${chain.length} in all`,
    );
  });

  test("divides nobody, where each half of the others hears another vote", async () => {
    const scene = await begin("apart");
    const [first] = scene.honest as readonly [Company];
    const validators = await validatorsOf(first);
    const isEnough = async () => (await heightOf(first)) >= firstHeight + blocksAfter;
    await until("everybody works", isEnough, 60_000);
    const chain = await expectOneChain(scene);
    const liar = (await list(first)).find(({ handle }) => handle === liarHandle);
    const key = validators.find(({ member }) => member === liar?.member)?.key;
    const evidence = accusations(chain);
    for (const { key: accused } of evidence) expect(accused).toBe(key);
    expect(new Set(evidence.map(({ offence }) => offence)).size).toBe(evidence.length);
    console.info(`${chain.length} blocks, ${evidence.length} pieces of evidence`);
  });
});
