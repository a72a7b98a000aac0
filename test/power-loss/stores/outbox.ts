import type { StreamId } from "@tegata/ledger/primitives";
import { generateEntryId } from "@tegata/ledger/vault";
import type { Prng } from "../../../packages/consensus/sim/prng.ts";
import { Outbox } from "../../../packages/gateway/src/outbox/outbox.ts";
import { Room } from "../../../packages/gateway/src/outbox/room.ts";
import {
  type LocalStores,
  openLocalStores,
} from "../../../packages/gateway/src/store/open-stores.ts";
import { sealedKey } from "../../../packages/gateway/src/store/sealed-key.ts";
import { indexTable } from "../../../packages/gateway/src/store/tables.ts";
import { foundAmong, type Store } from "./store.ts";

const stepsMax = 30;
const rowBytesMax = 40_000;
const lane = "0a".repeat(16) as StreamId;
const localKey = new Uint8Array(32).fill(3);
const member = "0b".repeat(32) as Parameters<typeof Outbox.open>[1];
const room = new Room(async () => 2 ** 40);
const owner = { network: "0c".repeat(32), member };

async function open(folder: string): Promise<{ stores: LocalStores; outbox: Outbox }> {
  const stores = await openLocalStores(`${folder}/gateway`, localKey, owner);
  await Promise.all([stores.checkOutbox(), stores.indexChecked]);
  return { stores, outbox: await Outbox.open(stores.outbox, member, { restored: null, room }) };
}

const close = (stores: LocalStores): Promise<unknown> =>
  Promise.all([stores.outbox.close(), stores.index.close()]);

function acceptanceOf(outbox: Outbox, step: number, draw: Prng) {
  const rows = new Uint8Array(draw.below(rowBytesMax));
  const content = { kind: "rows", epoch: 1, backfill: false, rows, rowCount: 1 } as const;
  const name = outbox.keyName(lane, `key ${step}`);
  return {
    ...{ lane, rows: 1, contents: [{ ...content, itemCount: 1, alone: false }] },
    idempotency: { name, bodyHash: new Uint8Array(32).fill(step % 251) },
  };
}

/** The outbox of a gateway. */
export const outbox: Store = {
  name: "outbox",
  async work(folder, { draw, said, say }) {
    const { stores, outbox } = await open(folder);
    const first = Math.max(0, ...said.map((text) => Number(text.split(" ")[1]))) + 1;
    for (let step = first; step < first + stepsMax; step += 1) {
      // An answer that was lost is asked for again under its key.
      const answers = [step, step].map((key) =>
        outbox.accept(acceptanceOf(outbox, key, draw), key),
      );
      for (const { submission, durable } of answers) {
        await durable;
        say(`row ${step} ${submission}`);
      }
      // Each database says how far the other had come, whichever is written at the moment.
      const key = sealedKey(indexTable.log);
      const indexed = stores.index.write([
        { type: "put", key, value: new Uint8Array(draw.below(rowBytesMax)) },
      ]);
      if (draw.chance(0.5)) await indexed;
      const number = answers[0]?.heads[0]?.number;
      if (number === undefined || draw.chance(0.5)) continue;
      const entryId = generateEntryId();
      const parcel = { number: outbox.parcelNumber(), entryId, lane, sequence: step };
      await outbox.saveParcel({ ...parcel, entries: [number] });
      say(`parcel ${step} ${entryId}`);
    }
    await close(stores);
  },
  async look(folder, said) {
    const { stores, outbox } = await open(folder);
    try {
      const held = [...outbox.heads()].map(({ submission }) => submission);
      const parcels = new Set([...outbox.parcels()].map(({ entryId }) => `${entryId}`));
      for (const { number } of outbox.heads()) outbox.content(number);
      const found = foundAmong(said, (text) => {
        const [kind, , name = ""] = text.split(" ");
        return kind === "row" ? held.includes(name) : parcels.has(name);
      });
      const rows = said.filter((text) => text.startsWith("row "));
      const names = new Map(rows.map((text) => [text.split(" ")[1], text.split(" ")[2]]));
      const doubled = rows.filter((text) => {
        const [, step = "", name] = text.split(" ");
        const key = { name: outbox.keyName(lane, `key ${step}`), bodyHash: new Uint8Array(32) };
        key.bodyHash.fill(Number(step) % 251);
        const isKnown = outbox.answeredBefore(key)?.submission === name;
        return (
          !isKnown || names.get(step) !== name || held.filter((one) => one === name).length > 1
        );
      });
      return { ...found, doubled };
    } finally {
      await close(stores);
    }
  },
};
