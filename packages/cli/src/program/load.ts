import { assert } from "@tegata/ledger/primitives";
import type { ExitCode } from "../print/exit-codes.ts";
import type { Context } from "./context.ts";
import type { Given } from "./given.ts";

/** What a file of `commands` exports. */
export interface CommandModule {
  /** Does what the command says; without an exit code it is done. */
  run(context: Context, given: Given): Promise<ExitCode | undefined>;
}

/** Where the code of each command lies; it is read when the command is called. */
const modules: Readonly<Record<string, () => Promise<CommandModule>>> = {
  submit: () => import("../commands/submit.ts"),
  query: () => import("../commands/query.ts"),
  "collect mtconnect": () => import("../commands/collect-mtconnect.ts"),
  "collect mqtt": () => import("../commands/collect-mqtt.ts"),
  "collect shdr": () => import("../commands/collect-shdr.ts"),
  watch: () => import("../commands/watch.ts"),
  report: () => import("../commands/report.ts"),
  follow: () => import("../commands/follow.ts"),
  events: () => import("../commands/events.ts"),
  proof: () => import("../commands/proof.ts"),
  verify: () => import("../commands/verify.ts"),
  "tokens create": () => import("../commands/tokens-create.ts"),
  "tokens list": () => import("../commands/tokens-list.ts"),
  "tokens revoke": () => import("../commands/tokens-revoke.ts"),
  "outbox list": () => import("../commands/outbox-list.ts"),
  "outbox show": () => import("../commands/outbox-show.ts"),
  "outbox retry": () => import("../commands/outbox-retry.ts"),
  "outbox export": () => import("../commands/outbox-export.ts"),
  "outbox discard": () => import("../commands/outbox-discard.ts"),
  "streams create": () => import("../commands/streams-create.ts"),
  "streams list": () => import("../commands/streams-list.ts"),
  "streams purge": () => import("../commands/streams-purge.ts"),
  "streams show": () => import("../commands/streams-show.ts"),
  grant: () => import("../commands/grant.ts"),
  revoke: () => import("../commands/revoke.ts"),
  access: () => import("../commands/access.ts"),
  invite: () => import("../commands/invite.ts"),
  join: () => import("../commands/join.ts"),
  approve: () => import("../commands/approve.ts"),
  "vote list": () => import("../commands/vote-list.ts"),
  "members show": () => import("../commands/members-show.ts"),
  "members remove": () => import("../commands/members-remove.ts"),
  "members suspend": () => import("../commands/members-suspend.ts"),
  "members readmit": () => import("../commands/members-readmit.ts"),
  "members replace-root": () => import("../commands/members-replace-root.ts"),
  "members addresses": () => import("../commands/members-addresses.ts"),
  leave: () => import("../commands/leave.ts"),
  "stand-down": () => import("../commands/stand-down.ts"),
  "stand-up": () => import("../commands/stand-up.ts"),
  "members list": () => import("../commands/members-list.ts"),
  card: () => import("../commands/card.ts"),
  init: () => import("../commands/init.ts"),
  start: () => import("../commands/start.ts"),
  stop: () => import("../commands/stop.ts"),
  status: () => import("../commands/status.ts"),
  "service show": () => import("../commands/service-show.ts"),
  "service install": () => import("../commands/service-install.ts"),
  doctor: () => import("../commands/doctor.ts"),
  "config show": () => import("../commands/config-show.ts"),
  "config check": () => import("../commands/config-check.ts"),
  backup: () => import("../commands/backup.ts"),
  "backup verify": () => import("../commands/backup-verify.ts"),
  restore: () => import("../commands/restore.ts"),
  reset: () => import("../commands/reset.ts"),
  "keys list": () => import("../commands/keys-list.ts"),
  "keys rotate": () => import("../commands/keys-rotate.ts"),
  "keys recover": () => import("../commands/keys-recover.ts"),
  "keys recover-sign-state": () => import("../commands/keys-recover-sign-state.ts"),
  dev: () => import("../commands/dev.ts"),
  help: () => import("../commands/help.ts"),
  version: () => import("../commands/version.ts"),
};

/** Names of the commands that have code. */
export const loadableCommands: readonly string[] = Object.keys(modules);

/** Reads the code of a command. */
export function loadCommand(name: string): Promise<CommandModule> {
  const load = modules[name];
  assert(load !== undefined, "every command of the tree has its code");
  return load();
}
