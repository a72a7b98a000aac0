import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { homePaths } from "../src/founding/home.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const standings = [
  { standing: "voting", sinceHeight: 0, offenceHeight: null },
  { standing: "sidelined", sinceHeight: 1_012, offenceHeight: null },
  { standing: "suspended", sinceHeight: 1_014, offenceHeight: 1_013 },
  { standing: "following", sinceHeight: 3, offenceHeight: null },
] as const;

/** Four companies, one of each standing; `self` is the place of ours. */
function companies(self: number) {
  const names = ["Kato Press", "Toda Machine", "Nishi Press", "Aoki Motors"];
  return standings.map((standing, index) => ({
    ...standing,
    member: `${index}`.repeat(64),
    handle: (names[index] ?? "").split(" ")[0]?.toLowerCase() ?? "",
    name: names[index] ?? "",
    connected: index !== 3,
    self: index === self,
    reach:
      index === self ? null : (["direct-in", "direct-out", "direct-in", "away"] as const)[index],
    version: `0.${index}.0`,
    dialFailure:
      index === 3
        ? { reason: "refused", address: "/ip4/192.0.2.1/tcp/7000", text: "", atMs: Date.now() }
        : null,
  }));
}

function status(self: number) {
  const members = companies(self).map((one) => ({ ...one, lastSeenMs: Date.now() }));
  const [company] = members;
  const node = { version: "1", state: "ready", height: 1_020, headTimeMs: Date.now(), round: 0 };
  return {
    ...{ version: "1", company, network: { id: "00".repeat(32), name: "Chubu Press" } },
    node: {
      ...node,
      proposer: null,
      quorum: 3,
      members,
      payloadsMissing: 0,
      sync: { kind: "snapshot", done: 1_024, of: 4_096 },
      clockAheadMs: -3_600_000,
    },
    outbox: {
      ...{ waiting: 0, inFlight: 0, rows: 0, changes: 0 },
      ...{ refused: 2, oldestMs: null, hoursLeft: null, parked: [] },
    },
    governance: { openVotes: 0, parting: null as string | null },
    plant: null,
    closings: [],
    streams: { mine: 0, sharedWithMe: 0 },
  };
}

/** A home whose gateway knows these companies. */
async function homeOf(
  self: number,
  parting: string | null = null,
  outbox: object = {},
): Promise<string> {
  const folder = temporaryFolder();
  const home = join(folder, "kato");
  const file = join(folder, "passphrase");
  writeFileSync(file, "correct horse\n", { mode: 0o600 });
  const who = ["--network", "Chubu Press", "--company", "Kato Press", "--handle", "kato"];
  const where = ["--address", "/dns4/kato.example/tcp/7000", "--passphrase-file", file];
  const words = ["--words-file", join(folder, "words")];
  const { exit, stderr } = await tegata(["card", "--home", home, ...who, ...where, ...words]);
  expect(exit, stderr).toBe(0);
  const { gatewaySocket } = homePaths(home);
  mkdirSync(dirname(gatewaySocket), { recursive: true });
  const server = createServer((request, response) => {
    const items = companies(self).map((one) => {
      return {
        ...one,
        addresses: ["/dns4/x/tcp/1"],
        validator: true,
        joinedHeight: 0,
        leftHeight: null,
      };
    });
    const answers: Readonly<Record<string, unknown>> = {
      "/v1/members": { items },
      "/v1/membership/requests": { requests: [], invitations: [] },
    };
    const answer = answers[request.url ?? ""] ?? {
      ...status(self),
      outbox: { ...status(self).outbox, ...outbox },
      governance: { openVotes: 0, parting },
    };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(gatewaySocket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return home;
}

test("members list says in words what each company does in the network, and in JSON as data", async () => {
  const home = await homeOf(0);
  const { exit, stdout } = await tegata(["members", "list", "--home", home]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/Kato Press .*proposes and votes/);
  expect(stdout).toMatch(/Toda Machine .*votes; others propose for it since block 1,012/);
  expect(stdout).toMatch(/Nishi Press .*suspended since block 1,014: signed twice at 1,013/);
  expect(stdout).toMatch(/Aoki Motors .*admitted at block 0, no vote/);
  expect(stdout).toMatch(/Toda Machine +\S+ +you dial it +0\.1\.0/);
  expect(stdout).toMatch(/Nishi Press +\S+ +dials you +0\.2\.0/);
  const json = await tegata(["members", "list", "--home", home, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: "tegata.members/1", items: standings });
});

test("status names who is sidelined or suspended, and says it first if it is us", async () => {
  const others = await tegata(["status", "--home", await homeOf(0)]);
  expect(others.stdout).toContain("Toda Machine did not propose in time");
  expect(others.stdout).toContain("Nishi Press signed twice and is suspended since block 1,014");
  expect(others.stdout).toContain("clock off: this machine is 1 h behind the others; run NTP");
  expect(others.stdout).not.toContain("you ");
  expect(others.stdout).toMatch(
    /Aoki Motors last seen .*: connection refused at \/ip4\/192\.0\.2\.1/,
  );
  expect(others.stdout).toContain("(voting)");
  expect(others.stdout).toMatch(/2 rows were refused and are kept → tegata --home \S+ outbox list/);
  expect(others.stdout).toMatch(/Sync +state from others, piece: 1,024 of 4,096/);
  expect(others.stdout).toMatch(/1,020, now.* +round 0/);
  const own = await tegata(["status", "--home", await homeOf(2)]);
  expect(own.stdout).toMatch(
    /To do +you signed twice; look for a second copy of this node → tegata --home \S+ doctor/,
  );
  expect(own.stdout).toContain("you signed twice and are suspended since block 1,014");
  expect(own.stdout.indexOf("you signed twice")).toBeLessThan(own.stdout.indexOf("Toda Machine"));
  const home = await homeOf(0);
  writeFileSync(join(home, "backup-last"), JSON.stringify({ timeMs: Date.now() - 3 * 86_400_000 }));
  const late = await tegata(["status", "--home", home]);
  expect(late.stdout).toMatch(/Disk +\S+ \S+ free, last backup 3 d ago/);
  expect(late.stdout).toMatch(
    /the last backup is more than two days old → tegata --home \S+ backup/,
  );
  const slow = await tegata(["status", "--home", await homeOf(1)]);
  expect(slow.stdout).toContain("others propose for you since block 1,012, your votes count");
});

test.each([
  ["leave", "leave this machine on: your leaving is not in force yet"],
  ["stand-down", "leave this machine on: your vote is not given back yet"],
])("status asks to leave the machine on until a %s is in force", async (parting, text) => {
  const home = await homeOf(0, parting);
  const { stdout } = await tegata(["status", "--home", home]);
  expect(stdout).toContain(`To do      ${text}`);
  expect(stdout).toContain(`→ tegata --home ${home} ${parting}`);
  const { stdout: done } = await tegata(["status", "--home", await homeOf(0)]);
  expect(done).not.toContain(text);
});

test("status says while rows gather for how many hours there is room, and asks for somebody in the last ones", async () => {
  const outbox = {
    rows: 4_000,
    waiting: 4_000,
    oldestMs: Date.now() - 7_200_000,
    hoursLeft: 240.7,
  };
  const home = await homeOf(0, null, outbox);
  const text = "no more rows are accepted in 240 hours at the present rate";
  const english = await tegata(["status", "--home", home]);
  expect(english.stdout).toContain(text);
  expect(english.stdout).not.toContain(`${text} →`);
  const japanese = await tegata(["status", "--home", home, "--lang", "ja"]);
  expect(japanese.stdout).toContain("約 240 時間後に行を受け付けられなくなります");
  const json = await tegata(["status", "--home", home, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({ outbox: { hoursLeft: 240.7 } });
  outbox.hoursLeft = 0.4;
  const short = await tegata(["status", "--home", home]);
  expect(short.stdout).toMatch(
    /no more rows are accepted in less than an hour at the present rate → tegata --home \S+ doctor/,
  );
  // What waits for its block gathers nowhere.
  outbox.oldestMs = Date.now();
  const moving = await tegata(["status", "--home", home]);
  expect(moving.stdout).not.toContain("at the present rate");
});
