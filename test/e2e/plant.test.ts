import { spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Company } from "../helpers/company.ts";
import { introduce } from "../helpers/consortium.ts";
import { freePorts } from "../helpers/free-ports.ts";
import { until } from "../helpers/waiting.ts";

const guide = readFileSync(
  resolve(import.meta.dirname, "../../docs/guides/line-engineer.md"),
  "utf8",
);
const section = guide.slice(guide.indexOf("\n## HTTP\n"), guide.indexOf("\n## See what arrived\n"));

/** The block of a kind in the section about HTTP. */
function block(kind: string): string {
  const found = [...section.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)];
  const texts = found.filter(([, name]) => name === kind).map(([, , text = ""]) => text);
  expect(texts, kind).toHaveLength(1);
  return texts[0] ?? "";
}

let folder: string;
let kato: Company;
let port = 0;
let pc: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-plant-"));
  kato = await introduce(folder, "kato", "Kato Press");
  await kato.must(["init", "--found", "card"]);
  [port = 0] = await freePorts(1);
  kato.variables = { TEGATA_PLANT_LISTEN: `127.0.0.1:${port}` };
  await kato.start();
  await writeFile(kato.path("sample.csv"), csv(["2026-11-22T09:00:00+09:00,1"]));
  await kato.must(["streams", "create", "press-3", "--from", "sample.csv", "--yes"]);
  pc = join(folder, "pc");
  await mkdir(pc);
}, 60_000);
afterAll(async () => {
  await kato.end();
  await rm(folder, { recursive: true, force: true });
});

const csv = (rows: readonly string[]): string => `time,count\r\n${rows.join("\r\n")}\r\n`;
let rows = 0;
/** Rows of just now that stand nowhere else. */
function fresh(count: number): string {
  rows += count;
  const numbers = Array.from({ length: count }, (_, index) => rows - count + 1 + index);
  return csv(numbers.map((number) => `${new Date().toISOString()},${number}`));
}

/** Puts a file into the folder of the PC, as if it had been finished two minutes ago. */
async function finished(name: string, text: string): Promise<string> {
  const path = join(pc, name);
  await writeFile(path, text);
  const then = new Date(Date.now() - 120_000);
  await utimes(path, then, then);
  return path;
}

/** The script of the guide as it stands, but for the places in it. */
async function sendWithCurl(): Promise<{ readonly code: number; readonly text: string }> {
  const places = [
    ["https://192.168.1.10:7301", `https://127.0.0.1:${port}`],
    ["/var/log/press-3", pc],
    ["/etc/tegata", folder],
  ] as const;
  let script = block("sh on-the-machine");
  for (const [there, here] of places) {
    expect(script).toContain(there);
    script = script.replaceAll(there, here);
  }
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
    });
  }
  const code = await new Promise<number>((done) => child.once("close", (code) => done(code ?? 1)));
  return { code, text };
}

async function published(): Promise<readonly number[]> {
  const text = await kato.must(["query", "press-3", "--all", "-o", "csv"]);
  const lines = text.trim().split("\n");
  const column = lines[0]?.trim().split(",").indexOf("count") ?? 0;
  return lines.slice(1).map((line) => Number(line.trim().split(",")[column]));
}

/** Every row that was made stands on the ledger, and once. */
async function allOnce(what: string): Promise<void> {
  const all = Array.from({ length: rows }, (_, index) => index + 1);
  await until(what, async () => (await published()).length >= rows);
  expect([...(await published())].sort((a, b) => a - b)).toEqual(all);
}

test("the commands of the guide make a token, and its script for curl sends each finished file once, says what is wrong with one, and leaves one that is not finished", async () => {
  const words = /^tegata (tokens create .*) > token\.txt$/m.exec(block("sh"))?.[1] ?? "";
  const line = words.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [];
  const made = await kato.run(line);
  expect(made.code, made.stderr).toBe(0);
  await writeFile(join(folder, "token.txt"), made.stdout);
  const certificate = join(kato.home, "plant.crt");
  await writeFile(join(folder, "plant.crt"), readFileSync(certificate));
  const { fingerprint256 } = new X509Certificate(readFileSync(certificate));
  for (const said of [`https://127.0.0.1:${port}`, certificate, fingerprint256]) {
    expect(made.stderr).toContain(said);
  }
  const status = await kato.must(["status"]);
  expect(status).toContain(`open to the plant network: https://127.0.0.1:${port}, 1 token`);

  await finished("shift 1.csv", fresh(20));
  await finished("プレス.csv", fresh(20));
  await finished("wrong.csv", csv(["2026-11-22T09:00:00+09:00,many"]));
  await writeFile(join(pc, "growing.csv"), "time,cou");
  const { text } = await sendWithCurl();
  expect(text).toContain('{"rows":20,"replayed":false');
  expect(text).toMatch(/error: CSV does not fit the stream; nothing was submitted/);
  expect(text).toMatch(/line 2: count: expected .*, got "many"/);
  const left = readdirSync(pc).sort();
  expect(left).toEqual(["growing.csv", "sent", "wrong.csv"]);
  expect(readdirSync(join(pc, "sent"))).toHaveLength(2);
  await rm(join(pc, "growing.csv"));
  await rm(join(pc, "wrong.csv"));
  await allOnce("forty rows are published");
});

test("a file that was safe when the gateway was killed, and that the PC did not note, doubles nothing", async () => {
  const path = await finished("kill.csv", fresh(500));
  expect((await sendWithCurl()).text).toContain('{"rows":500,"replayed":false');
  await kato.kill("gateway");
  // The PC went down before it moved the file.
  const [moved = ""] = readdirSync(join(pc, "sent")).filter((one) => one.endsWith("kill.csv"));
  renameSync(join(pc, "sent", moved), path);
  let said = "";
  await until("the sender gets through again", async () => {
    said += (await sendWithCurl()).text;
    return !existsSync(path);
  });
  expect(said).toContain('{"rows":500,"replayed":true');
  // Killed at any moment while files are on their way.
  for (const part of [1, 2, 3]) await finished(`any-${part}.csv`, fresh(300));
  const sending = sendWithCurl();
  await kato.kill("gateway");
  await sending;
  await until("everything is sent", async () => {
    await sendWithCurl();
    return readdirSync(pc).length === 1;
  });
  await allOnce("every row is published");
}, 60_000);

/** What Windows PowerShell 5.1 writes for Invoke-WebRequest, with its headers in their order. */
function headOf(
  script: string,
  name: string,
  body: Buffer,
  token: string,
  isFirst: boolean,
): string {
  const fileHash = createHash("sha256").update(body).digest("hex").toUpperCase();
  const key = createHash("sha256").update(`${name} ${fileHash}`).digest("hex").toUpperCase();
  const [, path = ""] = /\$url = 'https:\/\/[^/]+([^']+)'/.exec(script) ?? [];
  const [, type = ""] = /-ContentType '([^']+)'/.exec(script) ?? [];
  return [
    `POST ${path} HTTP/1.1`,
    "Accept: text/plain",
    `Idempotency-Key: ${key}`,
    `Authorization: Bearer ${token}`,
    "User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; ja-JP) WindowsPowerShell/5.1.19041.4412",
    `Content-Type: ${type}`,
    `Host: 127.0.0.1:${port}`,
    `Content-Length: ${body.length}`,
    "Expect: 100-continue",
    ...(isFirst ? ["Connection: Keep-Alive"] : []),
    "",
    "",
  ].join("\r\n");
}

/** Collects what comes; each wait takes what came since the last. */
function ears(socket: TLSSocket): (pattern: RegExp) => Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  return async (pattern) => {
    await until(`${pattern} is answered`, () => pattern.test(text));
    const heard = text;
    text = "";
    return heard;
  };
}

test("the script for PowerShell is ten lines of ASCII, trusts the copied certificate alone, and what it sends is taken byte for byte", async () => {
  const script = block("powershell");
  expect(script.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
  expect(script).toMatch(/^[\n\x20-\x7e]+$/);
  for (const part of [
    "X509Certificate(file).GetRawCertDataString()",
    "c != null && c.GetRawCertDataString() == pin",
    "SecurityProtocolType.Tls12",
    "UTF8.GetBytes($file.Name + ' ' + (Get-FileHash -LiteralPath $file.FullName).Hash)",
    "'Bearer ' + (Get-Content",
    "Accept = 'text/plain'; 'Idempotency-Key' = $key",
    "-InFile $file.FullName",
  ]) {
    expect(script).toContain(part);
  }
  const token = readFileSync(join(folder, "token.txt"), "utf8").trim();
  const ca = readFileSync(join(folder, "plant.crt"));
  const where = { host: "127.0.0.1", port, ca, maxVersion: "TLSv1.2" } as const;
  const socket = connect(where);
  const heard = ears(socket);
  await until("it is connected", () => socket.authorized);
  expect(socket.getPeerCertificate().raw).toEqual(new X509Certificate(ca).raw);
  // CP932, as a logger on a Japanese Windows writes; one connection for all files, as .NET keeps it.
  const files = [
    ["first.csv", Buffer.from(fresh(3))],
    ["プレス機.csv", Buffer.from(fresh(4))],
  ] as const;
  for (const [index, [name, body]] of files.entries()) {
    socket.write(headOf(script, name, body, token, index === 0));
    expect(await heard(/\r\n\r\n/)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    socket.write(body);
    expect(await heard(/\}\n/)).toMatch(/^HTTP\/1\.1 202 Accepted\r\n[\s\S]*"replayed":false/);
  }
  // .NET waits 350 ms for leave and then sends without it; here it does so at once.
  const [[name, body]] = files;
  socket.write(Buffer.concat([Buffer.from(headOf(script, name, body, token, false)), body]));
  expect(await heard(/\}\n/)).toMatch(/202 Accepted\r\n[\s\S]*"rows":3,"replayed":true/);
  socket.write(headOf(script, "x.csv", body, `${token.slice(0, -1)}_`, false));
  const refused = await heard(/code:/);
  expect(refused).toMatch(
    /^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*error: the token is not one for this stream/,
  );
  await until("the connection ends", () => socket.closed || socket.readableEnded);
  const chunked = connect(where);
  const told = ears(chunked);
  const head = headOf(script, "last.csv", Buffer.from(fresh(1)), token, true);
  const lines = head.replace(/Content-Length: \d+/, "Transfer-Encoding: chunked");
  const row = csv([`${new Date().toISOString()},${rows}`]);
  chunked.write(lines);
  await told(/100 Continue/);
  chunked.write(`${row.length.toString(16)}\r\n${row}\r\n0\r\n\r\n`);
  expect(await told(/\}\n/)).toMatch(/202 Accepted/);
  chunked.destroy();
  await allOnce("what PowerShell sends is published");
});

test("a PC whose token is taken back is shut out at once, and the list says who sent when", async () => {
  const list = await kato.must(["tokens", "list"]);
  expect(list).toMatch(/line 3 PC {2}press-3 {2}.*\d{4}-\d\d-\d\d/);
  const path = await finished("late.csv", csv([`${new Date().toISOString()},0`]));
  const [revoke = ""] = /tokens revoke "[^"]+"/.exec(section) ?? [];
  await kato.must((revoke.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', "")));
  expect((await sendWithCurl()).text).toContain("the token is not one for this stream");
  expect(existsSync(path)).toBe(true);
  expect(await kato.must(["tokens", "list"])).toContain("No machine of the plant has a token.");
  expect(await kato.stop()).toBe(0);
});
