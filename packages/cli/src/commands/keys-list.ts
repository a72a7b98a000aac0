import { ownCard } from "../founding/genesis.ts";
import { localZone } from "../input/time.ts";
import { dateTime } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { patiently, withGateway } from "./gateway.ts";

/** `tegata keys list`: the keys of this company, since when and until when they serve. */
export async function run(context: Context): Promise<undefined> {
  const { membership } = words();
  const { handle, memberId } = await ownCard(context.home);
  const { keys } = await withGateway(context, (gateway) =>
    patiently(() => gateway.member(memberId)),
  );
  const columns = membership.keyColumns.map((title) => ({ title, align: "left" }) as const);
  const rows = keys.map(({ role, version, key, height, endMs, isCompromised }) => [
    role,
    `${version}`,
    key.slice(0, 16),
    `${height}`,
    endMs === null
      ? membership.keyCurrent
      : membership.keyEnds(dateTime(endMs, localZone()), isCompromised),
  ]);
  await context.result(
    { schema: "tegata.keys/1", company: handle, keys },
    context.table(columns, rows),
  );
}
