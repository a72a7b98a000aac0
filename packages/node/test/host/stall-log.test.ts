import type { ConsensusState } from "@tegata/consensus";
import { initialState } from "@tegata/consensus";
import type { MemberId } from "@tegata/ledger/primitives";
import { expect, test } from "vitest";
import { StallLog } from "../../src/host/stall-log.ts";

const names = ["Asahi", "Birch", "Chubu", "Daiwa"];
const ids = names.map((name) => name.toLowerCase() as MemberId);

interface Told {
  readonly text: string;
  readonly fields: { readonly missing?: readonly string[]; readonly seconds: number };
}

/** A log over a state that a test changes; what is told is kept. */
function watched(changed: { height: number; isProposable: boolean; online: number }) {
  const told: Told[] = [];
  const keep = (fields: object, text: string) =>
    told.push({ text, fields: fields as Told["fields"] });
  const record = (blockId: string | null) => ({ blockId });
  const log = new StallLog({
    self: ids[0] as MemberId,
    ledger: {
      members: names.map((name, at) => ({ memberId: ids[at], state: { name } })),
    } as never,
    host: {
      get state(): ConsensusState {
        const height = {
          start: {
            height: changed.height,
            validators: ids.map((member, at) => ({ member, suspended: at === 3 })),
          },
          rules: { round: 0, step: "propose" },
          isProposable: changed.isProposable,
          rounds: [
            {
              round: 0,
              votes: {
                prevotes: { first: [record("b"), null, record(null), null] },
                precommits: { first: [null, null, null, null] },
              },
            },
          ],
        };
        return { ...initialState, isBehind: false, height: height as never };
      },
    },
    presence: { present: () => new Set(ids) },
    status: { online: () => changed.online, quorum: () => 3 },
    log: { warn: keep, info: keep } as never,
  });
  return { log, told };
}

test("a height that should move is told after ten seconds, again every thirty, and at its end", () => {
  const changed = { height: 7, isProposable: true, online: 4 };
  const { log, told } = watched(changed);
  const secondsOf = () => told.map(({ fields }) => fields.seconds);
  for (let second = 0; second <= 75; second += 1) log.look(second * 1_000);
  expect(secondsOf()).toEqual([10, 40, 70]);
  // One is connected and silent; the one who is suspended is not waited for.
  expect(told[0]?.fields.missing).toEqual(["Birch"]);
  changed.height = 8;
  log.look(76_000);
  expect(told.at(-1)).toMatchObject({ text: "the network goes on", fields: { seconds: 76 } });
});

test("an idle network is told of only while it has no quorum", () => {
  const changed = { height: 7, isProposable: false, online: 4 };
  const { log, told } = watched(changed);
  for (let second = 0; second <= 100; second += 1) log.look(second * 1_000);
  expect(told).toEqual([]);
  changed.online = 2;
  for (let second = 101; second <= 112; second += 1) log.look(second * 1_000);
  expect(told).toHaveLength(1);
  changed.online = 3;
  log.look(113_000);
  expect(told.at(-1)?.text).toBe("the network goes on");
});
