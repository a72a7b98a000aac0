import type * as Crypto from "node:crypto";
import type * as Curves from "@noble/curves/ed25519.js";
import { afterEach, describe, expect, test, vi } from "vitest";

/** What is wrong with this machine: the native functions below read it. */
const machine = vi.hoisted(() => ({
  hash: false,
  stream: false,
  sign: false,
  torsion: null as boolean | null,
}));

vi.mock("node:crypto", async (importOriginal) => {
  const original = await importOriginal<typeof Crypto>();
  return {
    ...original,
    hash: (name: string, data: Uint8Array, encoding: "buffer") =>
      original.hash(machine.hash ? "sha512-256" : name, data, encoding),
    createHash: (name: string) =>
      original.createHash(machine.stream && name === "sha256" ? "sha512-256" : name),
    sign: (name: null, data: Uint8Array, key: Crypto.KeyObject) => {
      const signature = original.sign(name, data, key);
      if (machine.sign) signature.fill(0, 32);
      return signature;
    },
  };
});

vi.mock("@noble/curves/ed25519.js", async (importOriginal) => {
  const original = await importOriginal<typeof Curves>();
  const fromBytes = (bytes: Uint8Array) => {
    const point = original.ed25519.Point.fromBytes(bytes);
    if (machine.torsion === null) return point;
    return Object.create(point, { isTorsionFree: { value: () => machine.torsion } });
  };
  const { BASE, ZERO } = original.ed25519.Point;
  return { ...original, ed25519: { ...original.ed25519, Point: { BASE, ZERO, fromBytes } } };
});

async function failure(): Promise<unknown> {
  vi.resetModules();
  const { LedgerError, selfTestPrimitives } = await import("../src/primitives/index.ts");
  try {
    selfTestPrimitives();
  } catch (error) {
    if (error instanceof LedgerError && error.code === "LEDGER_SELF_TEST_FAILED") {
      return error.detail;
    }
    throw error;
  }
  return "passed";
}

afterEach(() => {
  Object.assign(machine, { hash: false, stream: false, sign: false, torsion: null });
  vi.unstubAllGlobals();
});

describe("the self-test refuses a machine", () => {
  test("but not a sound one", async () => {
    expect(await failure()).toBe("passed");
  });

  test("whose SHA-256 is another function", async () => {
    machine.hash = true;
    expect(await failure()).toStrictEqual({ test: "hash of the empty string" });
  });

  test("whose SHA-256 differs between one call and a stream", async () => {
    machine.stream = true;
    expect(await failure()).toStrictEqual({ test: "hash of pieces in a stream" });
  });

  test("whose signatures are not those of RFC 8032", async () => {
    machine.sign = true;
    expect(await failure()).toStrictEqual({ test: "signature is deterministic" });
  });

  test("whose curve library cannot tell torsion", async () => {
    machine.torsion = true;
    expect(await failure()).toStrictEqual({ test: "a key with a torsion component" });
    machine.torsion = false;
    expect(await failure()).toStrictEqual({ test: "a key of prime order" });
  });

  test("whose UTF-8 decoder repairs what is broken", async () => {
    const True = TextDecoder;
    vi.stubGlobal(
      "TextDecoder",
      class {
        decode(bytes: Uint8Array): string {
          return new True("utf-8", { ignoreBOM: true }).decode(bytes);
        }
      },
    );
    expect(await failure()).toStrictEqual({ test: "invalid UTF-8" });
  });

  test("whose UTF-8 decoder swallows a byte order mark", async () => {
    const True = TextDecoder;
    vi.stubGlobal(
      "TextDecoder",
      class {
        decode(bytes: Uint8Array): string {
          return new True("utf-8", { fatal: true }).decode(bytes);
        }
      },
    );
    expect(await failure()).toStrictEqual({ test: "a byte order mark is text" });
  });
});
