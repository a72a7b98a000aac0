import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Desk } from "../src/api/desk.ts";
import { type ApiServer, openApi } from "../src/api/server.ts";
import { createLog } from "../src/log.ts";

const token = "tgt_test";
let api: ApiServer;

beforeEach(async () => {
  const tokenHash = Uint8Array.from(createHash("sha256").update(token).digest());
  // What is asked here is refused before anything reaches the desk.
  const desk = {} as Desk;
  api = await openApi(desk, { kind: "port", port: 0, tokenHash }, "0", createLog("error", null));
});

afterEach(() => api.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What is asked exactly as given: `fetch` would tidy it up. */
function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = "",
): Promise<Answer> {
  const { hostname, port } = new URL(api.where);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asked.on("error", reject);
    asked.end(body === "" ? undefined : body);
  });
}

const known = { authorization: `Bearer ${token}`, "content-type": "application/json" };

async function ask(
  method: string,
  path: string,
  body = "",
): Promise<{ status: number; type: string; problem: Record<string, unknown> }> {
  const { status, headers, text } = await send(method, path, known, body);
  return { status, type: headers["content-type"] ?? "", problem: JSON.parse(text) };
}

test.each(["/v1/streams/%ff", `/v1/streams/${"a".repeat(600)}`])(
  "a path that cannot be read is refused as a problem like any other: %s",
  async (path) => {
    const { status, type, problem } = await ask("GET", path);
    expect(status).toBe(400);
    expect(type).toContain("application/problem+json");
    expect(problem.code).toBe("GATEWAY_REQUEST_INVALID");
  },
);

test("a time that no calendar reaches is refused and is no mistake of the program", async () => {
  const rows = [{ timeMs: Number.MAX_SAFE_INTEGER, cells: {} }];
  const { status, problem } = await ask(
    "POST",
    "/v1/streams/any/records",
    JSON.stringify({ rows }),
  );
  expect(status).toBe(400);
  expect(problem.code).toBe("GATEWAY_REQUEST_INVALID");
});

describe("a page of another site that a browser of this machine shows", () => {
  test.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "10.0.0.1",
    "[::2]",
  ])("is refused under the name %j, even with the token", async (host) => {
    const { status, text } = await send("GET", "/v1/status", { ...known, host });
    expect(status).toBe(421);
    expect(JSON.parse(text).code).toBe("GATEWAY_HOST_REFUSED");
  });

  test.each(["GET", "POST", "OPTIONS"])(
    "is allowed nothing by any answer to %s",
    async (method) => {
      const foreign = {
        origin: "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      };
      for (const headers of [foreign, { ...known, ...foreign }]) {
        const { status, headers: answered } = await send(method, "/v1/nothing", headers);
        expect(status).toBeGreaterThanOrEqual(400);
        const names = Object.keys(answered).filter((name) => name.startsWith("access-control-"));
        expect(names).toEqual([]);
      }
    },
  );
});

test("whoever has no token hears the same, whatever was wrong, and nothing of what was sent", async () => {
  const wrong = [
    {},
    { authorization: "Bearer " },
    { authorization: token },
    { authorization: `Basic ${token}` },
    { authorization: `Bearer ${token}x` },
    { authorization: `Bearer ${token.slice(0, -1)}` },
    { authorization: `Bearer ${"x".repeat(4_000)}` },
  ];
  const answers = await Promise.all(wrong.map((headers) => send("GET", "/v1/status", headers)));
  for (const { status, text } of answers) {
    expect(status).toBe(401);
    expect(JSON.parse(text).code).toBe("GATEWAY_TOKEN_INVALID");
    expect(text).not.toContain(token.slice(0, 6));
  }
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
});

test("what cannot be read behind a request that is under way gets no answer that would pass for its own", async () => {
  const asked = Promise.withResolvers<void>();
  const desk = {
    status: () => {
      asked.resolve();
      return new Promise(() => undefined);
    },
  } as unknown as Desk;
  const tokenHash = Uint8Array.from(createHash("sha256").update(token).digest());
  const port = { kind: "port", port: 0, tokenHash } as const;
  const slow = await openApi(desk, port, "0", createLog("error", null));
  try {
    const whole = `GET /v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const answerTo = async (first: string): Promise<string> => {
      const socket = connect(Number(new URL(slow.where).port), "127.0.0.1");
      let text = "";
      socket.on("error", () => undefined);
      socket.on("data", (part) => {
        text += part.toString("latin1");
      });
      socket.write(first);
      if (first !== "") await asked.promise;
      socket.write("garbage\r\n\r\n");
      await once(socket, "close");
      return text;
    };
    expect(await answerTo("")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await answerTo(whole)).toBe("");
    // What breaks in the middle is refused itself: nothing of it was taken.
    const chunk = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n1\r\n{\r\n";
    const half = whole
      .replace("GET /v1/status", "POST /v1/streams")
      .replace("\r\n\r\n", `\r\n${chunk}`);
    expect(await answerTo(half)).toMatch(/^HTTP\/1\.1 400 /);
  } finally {
    await slow.close();
  }
});
