import { en } from "./en.ts";
import { jaBackup } from "./ja-backup.ts";
import { jaChart } from "./ja-chart.ts";
import { jaPage } from "./ja-codes.ts";
import { jaCollect } from "./ja-collect.ts";
import { jaData } from "./ja-data.ts";
import { jaDemo } from "./ja-demo.ts";
import { jaDoctor } from "./ja-doctor.ts";
import { jaDrafting } from "./ja-drafting.ts";
import { jaError } from "./ja-errors.ts";
import { jaFollowing } from "./ja-following.ts";
import { jaForeign } from "./ja-foreign.ts";
import { jaFounding } from "./ja-founding.ts";
import { jaFront } from "./ja-front.ts";
import { jaHelpCollect } from "./ja-help-collect.ts";
import { jaHelpCompany } from "./ja-help-company.ts";
import { jaHelpEveryday } from "./ja-help-everyday.ts";
import { jaHelpMembers } from "./ja-help-members.ts";
import { jaHelpBackup, jaHelpKeys, jaHelpSettings } from "./ja-help-operating.ts";
import { jaHelpOutbox } from "./ja-help-outbox.ts";
import { jaHelpPlant } from "./ja-help-plant.ts";
import { jaHelpSharing } from "./ja-help-sharing.ts";
import { jaKeys } from "./ja-keys.ts";
import { jaMembership } from "./ja-membership.ts";
import { jaOutbox } from "./ja-outbox.ts";
import { jaPlant } from "./ja-plant.ts";
import { jaPrint } from "./ja-print.ts";
import { jaProblem } from "./ja-problems.ts";
import { jaPurging } from "./ja-purging.ts";
import { jaReach } from "./ja-reach.ts";
import { jaRecovering } from "./ja-recovering.ts";
import { jaReport } from "./ja-report.ts";
import { jaRunning } from "./ja-running.ts";
import { jaSettings } from "./ja-settings.ts";
import { jaSettling } from "./ja-settling.ts";
import { jaSharing } from "./ja-sharing.ts";
import { jaTopics } from "./ja-topics.ts";
import { jaTrying } from "./ja-trying.ts";
import { jaUsage } from "./ja-usage.ts";
import { withEnglish } from "./with-english.ts";

/**
 * Every Japanese word people read. English still: the help of commands that `operatorCommands` names, and
 * what the settings say of themselves (`tegata help config`, values that are refused).
 */
export const ja: typeof en = withEnglish(
  {
    ...jaPrint,
    problemOf: jaProblem,
    errorOf: jaError,
    foreignOf: jaForeign,
    codePage: jaPage,
    usage: jaUsage,
    commands: {
      ...en.commands,
      ...jaHelpEveryday,
      ...jaHelpSharing,
      ...jaHelpMembers,
      ...jaHelpCompany,
      ...jaHelpOutbox,
      ...jaHelpCollect,
      ...jaHelpPlant,
      ...jaHelpBackup,
      ...jaHelpKeys,
      ...jaHelpSettings,
    },
    founding: jaFounding,
    reach: jaReach,
    running: jaRunning,
    front: jaFront,
    settings: jaSettings,
    doctor: jaDoctor,
    settling: jaSettling,
    sharing: jaSharing,
    purging: jaPurging,
    membership: jaMembership,
    backup: jaBackup,
    recovering: jaRecovering,
    keys: jaKeys,
    data: jaData,
    following: jaFollowing,
    chart: jaChart,
    report: jaReport,
    drafting: jaDrafting,
    outbox: jaOutbox,
    collect: jaCollect,
    plant: jaPlant,
    topics: jaTopics,
    trying: jaTrying,
    demo: jaDemo,
  },
  en,
);

/** Commands whose help falls back to English; only what operators alone need may stand here. */
export const operatorCommands: readonly string[] = [];
