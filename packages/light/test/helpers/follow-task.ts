import { decodeGenesis } from "@tegata/ledger/chain";
import { fromBase64, selfTestPrimitives } from "@tegata/ledger/primitives";
import { advance, founded, type Light } from "../../src/index.ts";

/** What a follower is given, bytes in base64. */
export interface Task {
  readonly genesis: string;
  readonly steps: readonly (readonly [
    header: string,
    certificate: string,
    validators: string | null,
  ])[];
}

/** Where a follower got, and why no further; null where it followed everything. */
export interface TaskResult {
  readonly light: Light;
  readonly stopped: string | null;
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (bytes === null) throw new Error("not base64");
  return bytes;
}

/** Checks the cryptography of this host, then follows the steps up to the first that is refused. */
export function carryOut({ genesis, steps }: Task): TaskResult {
  selfTestPrimitives();
  let light = founded(decodeGenesis(bytesOf(genesis)));
  for (const [header, certificate, validators] of steps) {
    const verdict = advance(light, {
      header: bytesOf(header),
      certificate: bytesOf(certificate),
      validators: validators === null ? null : bytesOf(validators),
    });
    if (!verdict.ok) return { light, stopped: verdict.code };
    light = verdict.light;
  }
  return { light, stopped: null };
}
