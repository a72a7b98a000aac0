import { count } from "../print/human.ts";

/** English words of the page that a person sees first. */
export const enFront = {
  title: (name: string, handle: string, network: string): string =>
    `You are ${name} (${handle}) in ${network}.`,
  empty: (home: string): string => `There is no company in ${home} yet.`,
  near: (homes: readonly string[]): string =>
    homes.length === 1
      ? `Did you mean --home ${homes[0]}?`
      : `Companies lie in ${homes.join(", ")}: name one with --home.`,
  ways: [
    ["tegata dev", "try it: four companies on this machine"],
    ["tegata join TOKEN", "join a network with an invitation"],
    ["tegata card --network NAME --company NAME --handle NAME --address ADDRESS", ""],
    ["", "introduce yourself to found a network with others"],
  ] satisfies readonly (readonly [command: string, what: string])[],
  elsewhere: "Another folder: --home DIR. Everything else: tegata help",
  states: {
    card: "Your card is made; the network is not founded here yet.",
    stopped: "Your company does not run.",
    silent: "Your company runs, but its gateway does not answer yet.",
  },
  founds: (command: string): string => `or, exactly one of the founders: ${command}`,
  onlineLabel: "Online",
  mineLabel: "Yours",
  sharedLabel: "Shared",
  needsLabel: "Needs you",
  nextLabel: "Next",
  nodeAway: "your node does not answer",
  nobody: "none of the others",
  alone: "no other company yet",
  away: (online: string, away: string): string => `${online}; away: ${away}`,
  noneMine: "no stream yet",
  noneShared: "nothing is shared with you yet",
  andMore: (names: string, hidden: number): string => `${names} and ${count(hidden)} more`,
  hint: "More: tegata status, tegata help",
};
