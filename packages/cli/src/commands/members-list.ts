import type { Agenda, Member } from "@tegata/gateway/client";
import { memberState } from "../membership/states.ts";
import type { Context } from "../program/context.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";

/** `tegata members list`: the companies of the network, and those on their way into it. */
export async function run(context: Context): Promise<undefined> {
  const { sharing, reach } = words();
  const [members, agenda] = await withGateway(context, (gateway) =>
    Promise.all([gateway.members(), gateway.agenda()]),
  );
  const titles = [
    sharing.company,
    sharing.handle,
    sharing.connected,
    reach.version,
    sharing.standing,
    sharing.address,
  ];
  const rows = [...members.map(memberRow), ...comingRows(agenda, context.world.nowMs())];
  const columns = titles.map((title) => ({ title, align: "left" }) as const);
  const applied = agenda.requests.filter(({ action }) => action === "admit");
  const coming = { invited: agenda.invitations, applied };
  await context.result(
    { schema: "tegata.members/1", items: members, ...coming },
    context.table(columns, rows),
  );
}

function memberRow(member: Member): readonly string[] {
  const { sharing, reach } = words();
  const hasLeft = member.leftHeight !== null;
  const connected = member.self ? sharing.you : reach.reach[member.reach ?? "away"];
  return [
    member.name,
    member.handle,
    hasLeft ? "" : connected,
    member.version ?? "",
    memberState(member),
    member.addresses[0] ?? "",
  ];
}

/** Companies that are invited or have applied. */
function comingRows({ requests, invitations }: Agenda, nowMs: number): readonly string[][] {
  const { states } = words().membership;
  const applied = requests.flatMap((request) =>
    request.action !== "admit" || request.about === null
      ? []
      : [
          [
            ...[request.about.name, request.about.handle, "", ""],
            states.applied(request.request, request.yes, request.needed),
            request.about.addresses[0] ?? "",
          ],
        ],
  );
  const invited = invitations
    .filter(({ state }) => state === "open")
    .map(({ company, by, expiresMs }) => [
      ...[company, "", "", ""],
      states.invited(by.name, words().ago(expiresMs, nowMs)),
      "",
    ]);
  return [...applied, ...invited];
}
