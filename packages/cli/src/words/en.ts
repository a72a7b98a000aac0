import type { CommandWords } from "./command-words.ts";
import { enBackup } from "./en-backup.ts";
import { enChart } from "./en-chart.ts";
import { enCollect } from "./en-collect.ts";
import { enData } from "./en-data.ts";
import { enDemo } from "./en-demo.ts";
import { enDoctor } from "./en-doctor.ts";
import { enDrafting } from "./en-drafting.ts";
import { enError } from "./en-errors.ts";
import { enFollowing } from "./en-following.ts";
import { enCodePage, enForeign } from "./en-foreign.ts";
import { enFounding } from "./en-founding.ts";
import { enFront } from "./en-front.ts";
import { enHelpBackup } from "./en-help-backup.ts";
import { enHelpCollect } from "./en-help-collect.ts";
import { enHelpCompany } from "./en-help-company.ts";
import { enHelpEveryday } from "./en-help-everyday.ts";
import { enHelpKeys } from "./en-help-keys.ts";
import { enHelpMembers } from "./en-help-members.ts";
import { enHelpOutbox } from "./en-help-outbox.ts";
import { enHelpPlant } from "./en-help-plant.ts";
import { enHelpSettings } from "./en-help-settings.ts";
import { enHelpSharing } from "./en-help-sharing.ts";
import { enKeys } from "./en-keys.ts";
import { enMembership } from "./en-membership.ts";
import { enOutbox } from "./en-outbox.ts";
import { enPlant } from "./en-plant.ts";
import { enPrint } from "./en-print.ts";
import { enProblem } from "./en-problems.ts";
import { enPurging } from "./en-purging.ts";
import { enReach } from "./en-reach.ts";
import { enRecovering } from "./en-recovering.ts";
import { enReport } from "./en-report.ts";
import { enRunning } from "./en-running.ts";
import { enSettings } from "./en-settings.ts";
import { enSettling } from "./en-settling.ts";
import { enSharing } from "./en-sharing.ts";
import { enTopics } from "./en-topics.ts";
import { enTrying } from "./en-trying.ts";
import { enUsage } from "./en-usage.ts";

const commands: Readonly<Record<string, CommandWords>> = {
  ...enHelpEveryday,
  ...enHelpOutbox,
  ...enHelpCollect,
  ...enHelpPlant,
  ...enHelpSharing,
  ...enHelpMembers,
  ...enHelpCompany,
  ...enHelpBackup,
  ...enHelpKeys,
  ...enHelpSettings,
};

/** Every English word people read. Another language is a value of the same type. */
export const en = {
  ...enPrint,
  problemOf: enProblem,
  errorOf: enError,
  foreignOf: enForeign,
  codePage: enCodePage,
  usage: enUsage,
  commands,
  founding: enFounding,
  front: enFront,
  reach: enReach,
  running: enRunning,
  settings: enSettings,
  doctor: enDoctor,
  settling: enSettling,
  sharing: enSharing,
  purging: enPurging,
  membership: enMembership,
  backup: enBackup,
  recovering: enRecovering,
  keys: enKeys,
  data: enData,
  following: enFollowing,
  chart: enChart,
  report: enReport,
  drafting: enDrafting,
  outbox: enOutbox,
  collect: enCollect,
  plant: enPlant,
  topics: enTopics as Readonly<Record<string, readonly string[]>>,
  trying: enTrying,
  demo: enDemo,
};
