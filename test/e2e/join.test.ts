import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeMessage } from "@tegata/consensus";
import { decodeBlock, decodeStateValue, validatorsKey } from "@tegata/ledger/chain";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts } from "../../packages/cli/src/dev/free-ports.ts";
import { type Ended, tegata } from "../helpers/command.ts";
import type { Company } from "../helpers/company.ts";
import { CompanyLoad } from "../helpers/company-load.ts";
import { type Consortium, foundConsortium, passphrase } from "../helpers/consortium.ts";
import { until } from "../helpers/waiting.ts";

const minuteMs = 60_000;

let network: Consortium;
let load: CompanyLoad;
let fifth: Newcomer;

/** A company that is not in the network yet. */
interface Newcomer {
  readonly home: string;
  readonly desk: string;
  readonly who: readonly string[];
}

async function newcomer(handle: string, name: string): Promise<Newcomer> {
  const desk = join(network.folder, `${handle}-desk`);
  await mkdir(desk);
  await writeFile(join(desk, "passphrase"), `${passphrase}\n`, { mode: 0o600 });
  const [p2p, api, node, gateway] = await freePorts(4);
  return {
    ...{ desk, home: join(network.folder, handle) },
    who: [
      ...["--company", name, "--handle", handle, "--address", `/ip4/127.0.0.1/tcp/${p2p}`],
      ...["--api-port", `${api}`, "--operations-ports", `${node},${gateway}`],
      ...["--passphrase-file", "passphrase", "--dev-keys"],
    ],
  };
}

function run(one: Newcomer, words: readonly string[]): Promise<Ended> {
  return tegata(words, { folder: one.desk, home: one.home, input: null });
}

const invite = async (by: Company, company: string): Promise<string> => {
  const said = await by.must(["invite", company]);
  expect(said).toMatch(/^tegata join tgi1[A-Za-z0-9_-]+\n$/);
  return said.trim().split(" ")[2] ?? "";
};

/** The words as the company that joins shows them, once it has applied. */
function wordsIn(text: string): readonly string[] {
  return [...text.matchAll(/\d ([a-z]{3,8})(?= {3}|\n)/g)].map(([, word]) => word as string);
}

/** Who precommitted, by the index in the set of validators, as the certificate in a block says. */
function votersOf(certificate: Uint8Array): readonly number[] {
  const message = decodeMessage("commit", certificate);
  if (message.kind !== "commit") throw new Error("not a commit certificate");
  return message.certificate.signatures.map(([voter]) => voter);
}

beforeAll(async () => {
  network = await foundConsortium();
  load = await CompanyLoad.begin(network.company("kato"));
}, 2 * minuteMs);

afterAll(async () => {
  await run(fifth, ["stop"]);
  await load?.end().catch(() => undefined);
  await network?.close();
}, minuteMs);

describe("a fifth company joins four that work", () => {
  let token = "";

  test(
    "by one line of its own, one of the inviter and one of each that approves",
    async () => {
      const [kato, toda, aoki] = ["kato", "toda", "aoki"].map((one) => network.company(one));
      fifth = await newcomer("mori", "Mori Steel");
      token = await invite(kato as Company, "Mori Steel");
      const joining = run(fifth, ["join", token, ...fifth.who]);
      const asked = async () => (await toda?.ask((gateway) => gateway.agenda()))?.requests ?? [];
      await until("the application is there", async () => (await asked()).length === 1, minuteMs);
      const listed = await (toda as Company).json<{
        readonly items: readonly { readonly words: readonly string[]; readonly needed: number }[];
      }>("vote", "list", "--mine");
      const [request] = listed.items;
      expect(request?.needed).toBe(3);
      const two = `${request?.words[6]},${request?.words[1]}`;
      for (const company of [kato, toda, aoki]) {
        await (company as Company).must(["approve", "--words", two]);
      }
      const { code, stdout, stderr } = await joining;
      expect(stderr).toContain("Chubu Press Circle");
      expect(wordsIn(stderr)).toEqual(request?.words);
      expect(stdout, stderr).toMatch(/you vote from block/);
      expect(code).toBe(0);
    },
    3 * minuteMs,
  );

  test(
    "then votes and proposes",
    async () => {
      const kato = network.company("kato");
      const members = await kato.ask((gateway) => gateway.members());
      const mori = members.find(({ handle }) => handle === "mori");
      expect(mori).toMatchObject({ validator: true, standing: "voting", leftHeight: null });
      // Nobody else joins or leaves meanwhile, so that the set of the head is that of the certificates.
      const { values } = await kato.askNode((node) => node.state([validatorsKey]));
      const validators = decodeStateValue("validators", Uint8Array.from(values[0] ?? []));
      const index = validators.findIndex(({ member }) => member === mori?.member);
      expect([validators.length, index >= 0]).toEqual([5, true]);
      const seen = { votes: false, proposes: false };
      let from = mori?.sinceHeight ?? 0;
      await until(
        "its votes and its proposals are on the chain",
        async () => {
          const { blocks } = await kato.askNode((node) =>
            node.blocks(from + 1, { waitMs: 1_000, blocksMax: 64 }),
          );
          for (const { height, block } of blocks) {
            from = height;
            const { header, previousCertificate } = decodeBlock(Uint8Array.from(block));
            if (header.proposer === mori?.member) seen.proposes = true;
            if (votersOf(previousCertificate).includes(index)) seen.votes = true;
          }
          return seen.votes && seen.proposes;
        },
        minuteMs,
      );
    },
    2 * minuteMs,
  );

  test(
    "and reads what it is granted",
    async () => {
      const kato = network.company("kato");
      await kato.must(["grant", "press", "--to", "mori", "--facet", "all", "--until", "90d"]);
      await until(
        "the grant has arrived",
        async () => {
          const { code, stdout } = await run(fifth, ["query", "kato/press", "--json"]);
          return code === 0 && stdout.includes("stroke");
        },
        minuteMs,
      );
      await expect(run(fifth, ["stop"])).resolves.toMatchObject({ code: 0 });
    },
    2 * minuteMs,
  );

  test(
    "until it is voted out: then the streams that it could read are closed by themselves",
    async () => {
      const kato = network.company("kato");
      await kato.must(["members", "remove", "mori"]);
      for (const handle of ["kato", "toda", "aoki"]) {
        await network.company(handle).must(["approve", "--yes"]);
      }
      const mori = await kato.json<{ readonly leftHeight: number | null }>(
        "members",
        "show",
        "mori",
      );
      expect(mori.leftHeight).not.toBeNull();
      await until(
        "the stream has a new key",
        async () => {
          const { mine } = await kato.ask((gateway) => gateway.access());
          return mine.every(({ readers }) => readers.every(({ ended }) => ended !== null));
        },
        minuteMs,
      );
    },
    2 * minuteMs,
  );

  test(
    "and a company that is admitted and never starts holds nobody up",
    async () => {
      const [kato, toda, aoki] = ["kato", "toda", "aoki"].map((one) => network.company(one));
      const sixth = await newcomer("sato", "Sato Tools");
      const line = await invite(toda as Company, "Sato Tools");
      const joining = run(sixth, ["join", line, ...sixth.who, "--no-start"]);
      const waiting = async () => (await aoki?.ask((gateway) => gateway.agenda()))?.requests ?? [];
      await until("the application is there", async () => (await waiting()).length === 1, minuteMs);
      for (const company of [kato, toda, aoki]) {
        await (company as Company).must(["approve", "--yes"]);
      }
      expect((await joining).code).toBe(0);
      const before = load.submissions;
      await until("more is committed", () => load.submissions > before + 3, minuteMs);
      const members = await (kato as Company).ask((gateway) => gateway.members());
      const sato = members.find(({ handle }) => handle === "sato");
      expect(sato).toMatchObject({ validator: false, standing: "following" });
    },
    3 * minuteMs,
  );

  test("an invitation that was used is of no use to anybody else", async () => {
    const thief = await newcomer("thief", "Thief Corporation");
    const { code, stderr } = await run(thief, ["join", token, ...thief.who]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/CLI_INVITATION_USED|NODE_JOIN_REFUSED/);
  });
});
