import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata members list`: the companies of the network. */
export async function run(context: Context): Promise<undefined> {
  const { sharing, reach } = words();
  const members = await withGateway(context, (gateway) => gateway.members());
  const titles = [
    sharing.company,
    sharing.handle,
    sharing.connected,
    reach.version,
    sharing.standing,
    sharing.address,
  ];
  const rows = members.map((member) => [
    member.name,
    member.handle,
    member.self ? sharing.you : reach.reach[member.reach ?? "away"],
    member.version ?? "",
    sharing.standings[member.standing](member.sinceHeight, member.offenceHeight),
    member.addresses[0] ?? "",
  ]);
  const columns = titles.map((title) => ({ title, align: "left" }) as const);
  await context.result(
    { schema: "tegata.members/1", items: members },
    context.table(columns, rows),
  );
}
