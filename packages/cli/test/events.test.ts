import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../test/helpers/waiting.ts";
import { eventText } from "../src/commands/events.ts";
import { chooseLanguage } from "../src/words/catalogue.ts";
import { type Ran, tegata, temporaryFolder } from "./command-helpers.ts";
import { OwnGateway } from "./own-gateway.ts";

let gateway: OwnGateway;
let said: string;
let told: string;

beforeEach(async () => {
  gateway = await OwnGateway.open(temporaryFolder());
  await gateway.createStream("press");
  [said, told] = ["", ""];
});
afterEach(() => {
  chooseLanguage("en", {});
});

function listen(...words: readonly string[]): Promise<Ran> {
  const onStderr = (text: string): void => {
    said = text;
  };
  const onStdout = (text: string): void => {
    told = text;
  };
  return tegata([...words, "--home", gateway.home], { onStderr, onStdout });
}

/** Waits until somebody listens. */
async function heard(listening: Promise<Ran>, what: () => Promise<void>): Promise<Ran> {
  let isOver = false;
  void listening.finally(() => {
    isOver = true;
  });
  // What happens before it listens is not told; so it happens again until it was heard.
  await until("it is over", async () => {
    if (!isOver) await what();
    return isOver;
  });
  return await listening;
}

const grant = async (): Promise<void> => {
  const body = { to: "kato", facets: ["quality"], from: null, until: Date.now() + 86_400_000 };
  await gateway.desk.grant("press", body, { waitMs: 30_000, dryRun: false });
};

test("what happens is told a line each, for people and for programs", async () => {
  const { exit, stdout } = await heard(listen("events", "--count", "1"), grant);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^grant {4}\S.* may read quality of press until \d{4}-\d\d-\d\d .*\n$/);
  const { stdout: lines } = await heard(
    listen("events", "press", "--type", "record", "--count", "1", "-o", "ndjson"),
    async () => void (await gateway.publish("press", 7)),
  );
  expect(JSON.parse(lines)).toMatchObject({
    schema: "tegata.event/1",
    type: "record",
    stream: "press",
    record: { cells: { count: 7 } },
  });
});

test.each([["follow"], ["events"]])(
  "%s goes on after the last event when the gateway comes back, and says so",
  async (command) => {
    const { cursor } = await gateway.desk.events({}, AbortSignal.abort());
    const type = command === "events" ? ["--type", "record"] : [];
    const words = ["press", ...type, "--from", cursor, "--count", "3", "--json"];
    const listening = listen(command, ...words);
    await gateway.publish("press", 1);
    await until("it has told one", () => told.includes("\n"));
    await gateway.hangUp();
    await gateway.publish("press", 2);
    await until("it has noticed", () => said.includes("does not answer"));
    await gateway.answer();
    await until("it is back", () => said.includes("answers again"));
    await gateway.publish("press", 3);
    const { exit, stdout } = await listening;
    expect(exit).toBe(0);
    expect(stdout.match(/"count":\d+/g)).toEqual(['"count":1', '"count":2', '"count":3']);
    expect(said).not.toContain("passed over");
  },
);

test("a gateway that was never there is no reason to wait, and a kind there is none of is refused", async () => {
  await gateway.hangUp();
  const { exit, stderr } = await listen("events");
  expect(exit).toBeGreaterThan(0);
  expect(stderr).toMatch(/^error: .*\n {2}why: .*\n {2}next: .*\n {2}code: \w+\n$/);
  expect((await listen("events", "--type", "grants")).stderr).toContain(
    "it is one of record, grant, closed",
  );
});

test("every kind of change of the members has its words, in both languages", () => {
  const company = { member: "00".repeat(16), handle: "aoki", name: "Aoki Motors" };
  const by = { ...company, handle: "kato", name: "Kato Press" };
  const changes = [
    ["requested", { action: "admit", name: "Imai" }, "Kato Press asks to decide: admit Aoki"],
    ["voted", { request: 3, approve: true }, "Kato Press votes for request 3"],
    [
      "key-rotated",
      { role: "consensus", version: 2, isCompromised: true },
      "new consensus key; the",
    ],
    ["addresses-changed", { addresses: "/ip4/192.0.2.1/tcp/7" }, "is now at /ip4/192.0.2.1/tcp/7"],
    ["version-decided", { version: 2, height: 900 }, "protocol version 2 from block 900 on"],
    ["admitted", {}, "Aoki Motors is a member"],
    ["voting", {}, "Aoki Motors proposes and votes"],
    ["stood-down", {}, "Aoki Motors has no vote any more"],
    ["suspended", {}, "Aoki Motors is suspended"],
    ["readmitted", {}, "the suspension of Aoki Motors is lifted"],
    ["removed", {}, "Aoki Motors is removed"],
    ["left", {}, "Aoki Motors left"],
    ["root-replaced", {}, "Aoki Motors has a new root key"],
  ] as const;
  for (const [change, detail, text] of changes) {
    const event = { type: "membership", height: 12, change, company, by, detail } as const;
    chooseLanguage("en", {});
    expect(eventText(event)).toMatch(/^members {2}.*; block 12$/);
    expect(eventText(event)).toContain(text);
    chooseLanguage("ja", {});
    expect(eventText(event), change).toMatch(/^会社.*[ぁ-ん].*\(ブロック 12\)$/);
  }
});
