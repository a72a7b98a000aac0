import { localZone } from "../input/time.ts";
import { memberState } from "../membership/states.ts";
import { dateTime } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata members show`: one company with its addresses and keys. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { membership, sharing } = words();
  const company = given.argument("company");
  const member = await withGateway(context, (gateway) => gateway.member(company));
  const columns = membership.keyColumns.map((title) => ({ title, align: "left" }) as const);
  const rows = member.keys.map(({ role, version, key, height, endMs, isCompromised }) => [
    role,
    `${version}`,
    key.slice(0, 16),
    `${height}`,
    endMs === null
      ? membership.keyCurrent
      : membership.keyEnds(dateTime(endMs, localZone()), isCompromised),
  ]);
  await context.result({ schema: "tegata.member/1", ...member }, [
    context.paint("title", member.name),
    `${sharing.handle}  ${member.handle}`,
    `${membership.idLabel}  ${member.member}`,
    `${sharing.standing}  ${memberState(member)}`,
    `${sharing.address}  ${member.addresses.join(", ") || membership.noAddress}`,
    "",
    ...context.table(columns, rows),
  ]);
}
