import { createHash } from "node:crypto";
import { request } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
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

/** A path exactly as given: `fetch` would tidy it up. */
function ask(
  method: string,
  path: string,
  body = "",
): Promise<{ status: number; type: string; problem: Record<string, unknown> }> {
  const { hostname, port } = new URL(api.where);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        const type = response.headers["content-type"] ?? "";
        resolve({ status: response.statusCode ?? 0, type, problem: JSON.parse(text) });
      });
    });
    asked.on("error", reject);
    asked.end(body === "" ? undefined : body);
  });
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
