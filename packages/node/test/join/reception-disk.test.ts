import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MemberId, NetworkId } from "@tegata/ledger/primitives";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Reception } from "../../src/join/reception.ts";
import { Signal } from "../../src/signal.ts";
import { Timers } from "../../src/timers.ts";

const timers = new Timers();
let folder = "";
let reception: Reception | null = null;
let server: Server | null = null;
let logs: { readonly message: string; readonly fields: object }[] = [];
let faults: unknown[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tegata-reception-"));
  logs = [];
  faults = [];
});

afterEach(async () => {
  await reception?.stop();
  reception = null;
  server?.close();
  server = null;
  await rm(folder, { recursive: true, force: true });
});

/** The reception of a member of an empty ledger. */
function receive(listen: readonly string[] = ["/ip4/127.0.0.1/tcp/0"]): Reception {
  const log = (fields: object, message: string): void => void logs.push({ fields, message });
  reception = new Reception({
    ...{ member: "11".repeat(32) as MemberId, networkId: "22".repeat(32) as NetworkId },
    ...{ networkName: "Test Motors", genesis: new Uint8Array(0), networkMembers: () => [] },
    ledger: { reader: { get: () => null }, members: [] } as never,
    ...{ folder, listen, clock: systemClock, log: { debug: log, info: log, warn: log } },
    changed: new Signal(timers),
    onFault: (error) => faults.push(error),
  });
  return reception;
}

/** The key of a listener that is open now. */
async function openKey(one: Reception | null): Promise<string | null> {
  const prepared = await one?.prepare();
  return prepared?.state === "open" ? prepared.key : null;
}

const keyPath = (): string => join(folder, "join-key");

describe("the key of the listener", () => {
  test("is made anew where a start was cut off while it was written", async () => {
    for (const text of ["", "0123", "zz".repeat(32)]) {
      await writeFile(keyPath(), text, { mode: 0o600 });
      expect(await openKey(receive())).toMatch(/^[0-9a-f]{64}$/);
      expect(await readFile(keyPath(), "utf8")).toMatch(/^[0-9a-f]{64}$/);
      await reception?.stop();
      await rm(keyPath());
    }
    expect(faults).toEqual([]);
  });

  test("is not used when others could read it; the node goes on without a listener", async () => {
    await writeFile(keyPath(), "11".repeat(32));
    await chmod(keyPath(), 0o644);
    expect(await receive().prepare()).toMatchObject({ state: "closed", reason: "not-opened" });
    expect(logs.map(({ message }) => message)).toContain(
      "the listener for invited companies failed",
    );
    expect(faults).toEqual([]);
  });

  test("stays the same for all invitations that are open together", async () => {
    const [first, second] = [await openKey(receive()), await openKey(reception)];
    expect(first).not.toBeNull();
    expect(second).toBe(first);
    await reception?.stop();
    expect(await openKey(receive())).toBe(first);
  });
});

describe("a node with nobody to receive", () => {
  test("has no key and no listener", async () => {
    const one = receive();
    one.look();
    await one.stop();
    await expect(readFile(keyPath())).rejects.toThrow();
    expect(one.place).toBeNull();
  });

  test("removes a key that a killed process has left behind", async () => {
    await writeFile(keyPath(), "11".repeat(32), { mode: 0o600 });
    const one = receive();
    one.look();
    await one.stop();
    await expect(readFile(keyPath())).rejects.toThrow();
  });

  test("goes on where its port is taken, and where it has none, and tells which of the two", async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    const listen = [`/ip4/127.0.0.1/tcp/${port}`];
    const taken = { state: "closed", reason: "not-opened", listen };
    expect(await receive(listen).prepare()).toEqual(taken);
    const none = { state: "closed", reason: "no-address", listen: [] };
    expect(await receive([]).prepare()).toEqual(none);
    expect(faults).toEqual([]);
  });

  test("begins anew with a book that is damaged", async () => {
    await writeFile(join(folder, "join-used"), "nonsense");
    const one = receive();
    one.look();
    expect(await openKey(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(faults).toEqual([]);
  });
});
