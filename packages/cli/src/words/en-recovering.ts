import type { CliErrorCode, CliErrorDetails } from "../errors.ts";
import { count, duration } from "../print/human.ts";
import type { ErrorWords } from "./error-words.ts";

/** English words of `keys recover` for a company that lost everything. */
export const enRecovering = {
  company: (name: string, handle: string): string => `Company   ${name} (${handle})`,
  dry: "The words are those of the company. Nothing was made or sent.",
  keysMade: (home: string): string => `Keys      four new ones in ${home}; they end all old ones`,
  goesOn: "Keys      the new ones, made before",
  carried: (done: number, of: number): string =>
    `Ledger    ${done} of ${of} new keys are on it. Ctrl-C is safe: the same command goes on.`,
  doorAway: "Ledger    the company that invited does not answer; it is asked again",
  startLater: "The new keys are on the ledger. Next: tegata start, then tegata keys recover",
  follows: (height: number): string => `Chain     block ${count(height)}`,
  reading: "Reading   the ledger for keys that the words open",
  fetching: (missing: number): string =>
    `Reading   ${count(missing)} could not be opened yet; what they need is being fetched`,
  back: (height: number): string => `Ready     you are back, at block ${count(height)}.`,
};

type RecoveringCode = Extract<CliErrorCode, `CLI_RECOVER_${string}`>;

const refusals: Readonly<Record<string, string>> = {
  LEDGER_KEY_COMPROMISED_AGAIN:
    "the company ended its keys today already, and may once a day (in UTC): say the same command tomorrow",
  LEDGER_KEY_USED: "one of the new keys was used before",
  LEDGER_KEY_SIGNATURE: "the root key on the ledger is another: it was replaced meanwhile",
  LEDGER_MEMBER_UNKNOWN: "the company is no member any more",
};

/** English words of the codes about coming back. */
export const enRecoveringErrors: {
  readonly [Code in RecoveringCode]: (detail: CliErrorDetails[Code]) => ErrorWords;
} = {
  CLI_RECOVER_NO_MEMBER: () => ({
    message: "this invitation does not let a member back in",
    why: "the name in it is not that of a member, letter by letter, or the invitation was used to join",
    next: 'ask for another one, made with your name as tegata members list shows it: tegata invite "NAME"',
  }),
  CLI_RECOVER_WORDS: ({ company, other }) =>
    other === company
      ? {
          message: `these are not the words of ${company} any more`,
          why: "they are its first ones; the members voted new ones since",
          next: "take the paper with the newest words of members replace-root",
        }
      : {
          message: `these are not the words of ${company}`,
          why:
            other === null
              ? "they are in order, but of another root key"
              : `they are those of ${other}`,
          next: `take the paper of ${company}, or ask for an invitation in the name of the other company`,
        },
  CLI_RECOVER_REFUSED: ({ code }) => ({
    message: "the ledger did not take the new keys",
    why: refusals[code] ?? code,
    next: "the same command goes on with the same keys; tegata members show says which the ledger knows",
  }),
  CLI_RECOVER_ROOT: ({ company }) => ({
    message: `the root key of ${company} was replaced since it joined`,
    why: "who the company is on the ledger does not follow from the new words alone",
    next: "restore a backup, which holds its card: tegata restore FILE",
  }),
  CLI_RECOVER_NOT_FINAL: ({ waitedMs }) => ({
    message: `not done within ${duration(waitedMs)}`,
    why: "too few companies are there to decide a block, or the chain is long",
    next: "say the same command again: it goes on where it was",
  }),
};
