import { Readable, Writable } from "node:stream";
import { run } from "../../packages/cli/src/program/run.ts";

/** Checks a proof against a network as `tegata verify` does, in this process, and gives the exit code. */
export async function verifyExit(proof: string, networkId: string): Promise<number> {
  const deaf = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
  return run({
    words: ["verify", "-", "--network", networkId, "--json"],
    env: { TEGATA_HOME: "/nonexistent" },
    folder: "/",
    stdin: Readable.from([Buffer.from(proof)]),
    stdout: deaf(),
    stderr: deaf(),
    nowMs: Date.now,
  });
}

/** A proof in which one byte of one field was flipped. */
export interface Altered {
  /** Name of the field and number of the byte. */
  readonly place: string;
  readonly text: string;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Copies of a proof with a flipped byte, `count` for each base64 text in it, spread over its bytes. */
export function* flippedBytes(proof: string, count: number): Generator<Altered> {
  const document = JSON.parse(proof) as Readonly<Record<string, unknown>>;
  for (const { place, value } of alteredTexts(document, count)) {
    yield { place, text: JSON.stringify(value) };
  }
}

/** The value with one of the texts anywhere in it altered, in every way. */
function* alteredTexts(
  value: unknown,
  count: number,
): Generator<{ readonly place: string; readonly value: unknown }> {
  if (typeof value === "string" && base64.test(value)) {
    for (const { at, flipped } of flips(value, count)) {
      yield { place: ` byte ${at}`, value: flipped };
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const one of alteredTexts(item, count)) {
        yield { place: `[${index}]${one.place}`, value: value.with(index, one.value) };
      }
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      if (name === "schema") continue;
      for (const one of alteredTexts(item, count)) {
        yield { place: `${name}${one.place}`, value: { ...value, [name]: one.value } };
      }
    }
  }
}

function* flips(text: string, count: number): Generator<{ at: number; flipped: string }> {
  const { length } = Buffer.from(text, "base64");
  const places = Array.from({ length: count }, (_, step) =>
    Math.round((step * (length - 1)) / Math.max(1, count - 1)),
  );
  for (const at of new Set(places)) {
    const bytes = Buffer.from(text, "base64");
    if (at >= bytes.length) continue;
    bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
    yield { at, flipped: bytes.toString("base64") };
  }
}
