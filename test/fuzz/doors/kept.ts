import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryState } from "@tegata/ledger/chain";
import type { MemberId, PublicKey } from "@tegata/ledger/primitives";
import { encode, fromHex } from "@tegata/ledger/primitives";
import { begunRotation } from "../../../packages/cli/src/founding/begun-rotation.ts";
import { InvitationBook } from "../../../packages/node/src/join/invitation-book.ts";
import { accepted, type Door, refused, type Verdict } from "../door.ts";
import { textBytes, textOf } from "../golden.ts";
import { isCanonical } from "./canonical.ts";
import { ledger, owner } from "./ledger.ts";

/** In memory where the machine has such a folder: these doors write and read files. */
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "tegata-fuzz-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const nowMs = ledger.head.timeMs + 3_600_000;
const invitationKey = "c1".repeat(32) as PublicKey;
const standings: ReadonlySet<string> = new Set(["applied", "approved", "rejected", "expired"]);

/** Reads the book as the node does at its start, asks it everything, and reads what it wrote meanwhile. */
async function askBook(bytes: Uint8Array): Promise<Verdict> {
  const path = join(folder, "join-used");
  writeFileSync(path, bytes, { mode: 0o600 });
  const open = (): InvitationBook =>
    new InvitationBook({
      ...{ member: owner.id as MemberId, reader: memoryState(ledger.state.entries()), path },
      clock: { nowMs: () => nowMs },
      onError: (error) => {
        throw error;
      },
    });
  const told = [];
  for (let start = 0; start < 2; start += 1) {
    const book = open();
    const isOfUse = book.isOfUse();
    await book.settled();
    const { state } = book.standingOf(invitationKey);
    const [of, company] = [book.stateOf(invitationKey), book.companyOf(invitationKey)];
    if (company !== null) throw new Error("a book names no company that the ledger does not");
    told.push({ isOfUse, state, of });
  }
  const [first, second] = told.map((one) => JSON.stringify(one));
  if (first !== second) throw new Error(`${first} became ${second} at the next start`);
  const [one] = told;
  if (one?.of === "unknown") return refused("not in the book");
  if (!standings.has(one?.state ?? "")) throw new Error(`an invitation used and ${one?.state}`);
  return accepted;
}

/** An own invitation that was used: for whom, until when, and when it was decided. */
function used(member: string, expiresMs: number, decidedMs: number | null): unknown[] {
  const hash = "d2".repeat(32);
  return [fromHex(invitationKey), fromHex(hash), fromHex(member), expiresMs, decidedMs];
}

const books = [
  used("ee".repeat(32), nowMs + 86_400_000, null),
  used(owner.id, nowMs + 86_400_000, null),
  used("ee".repeat(32), nowMs - 1, nowMs - 1_000),
].map((one) => encode([one] as never));

const rotation = { key: "ab".repeat(32), isCompromised: false, atMs: nowMs - 60_000 };

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(textOf(bytes));
    return true;
  } catch {
    return false;
  }
}

/** What the program notes for itself and finds again after a crash, or on a damaged disk. */
export const keptDoors: readonly Door[] = [
  {
    name: "disk.invitation-book",
    what: "what became of own invitations that were used, as the node noted it",
    limit: "64 of them",
    form: "canonical",
    samples: books,
    isOuter: isCanonical,
    read: askBook,
  },
  {
    name: "file.begun-rotation",
    what: "a rotation of a key that was interrupted",
    limit: "one file of the own user, believed for an hour",
    form: "json",
    samples: [textBytes(JSON.stringify(rotation))],
    isOuter: isJson,
    read: async (bytes) => {
      writeFileSync(join(folder, "rotating-network"), bytes, { mode: 0o600 });
      const asked = { isCompromised: false, nowMs };
      const begun = await begunRotation(folder, "network", asked);
      if (begun === null) return refused("another rotation, or none");
      if (typeof begun.key !== "string" || Math.abs(nowMs - begun.atMs) >= 3_600_000) {
        throw new Error("a rotation that nobody began within the hour");
      }
      return accepted;
    },
  },
];
