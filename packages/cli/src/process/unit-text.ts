/** What of a unit depends on the machine. */
export interface UnitPlace {
  /** Words that start the program, the program first. */
  readonly program: readonly string[];
  /** Home folder of the company, absolute. */
  readonly home: string;
  /** User and group that everything runs as. */
  readonly user: string;
}

const usualProgram = "/usr/local/bin/tegata";
const usualHome = "/var/lib/tegata";

/** Folders that `ProtectHome=yes` hides. Source: systemd.exec(5) */
const hidden = /^\/(?:home|root|run\/user)(?:\/|$)/;

/** A unit as it comes with the program, made to fit this machine. */
export function unitText(unit: string, { program, home, user }: UnitPlace): string {
  return unit
    .split("\n")
    .map((line) => fitted(line, home, user))
    .map((line) => line.replaceAll(usualProgram, () => program.map(commandWord).join(" ")))
    .join("\n");
}

function fitted(line: string, home: string, user: string): string {
  const [name = ""] = line.split("=", 1);
  switch (name) {
    case "User":
    case "Group":
      return `${name}=${user}`;
    case "StateDirectory": {
      const own = /^\/var\/lib\/([\w.-]+)$/.exec(home)?.[1];
      return own === undefined ? `ReadWritePaths=${quoted(home)}` : `${name}=${own}`;
    }
    case "StateDirectoryMode":
      return /^\/var\/lib\/[\w.-]+$/.test(home) ? line : "# The folder is there already.";
    case "ProtectHome":
      return hidden.test(home) ? "ProtectHome=no" : line;
    case "Environment":
      return line.includes(usualHome) ? `Environment=${quoted(`TEGATA_HOME=${home}`)}` : line;
    default:
      return line;
  }
}

/** A word of a command line, where `$` begins a variable. Source: systemd.service(5) */
function commandWord(word: string): string {
  return quoted(word.replaceAll("$", () => "$$"));
}

/** A value in which `%` begins a specifier and a space ends it. Source: systemd.unit(5), systemd.syntax(7) */
function quoted(word: string): string {
  const safe = word.replaceAll("%", "%%");
  return /^[\w@%+=:,./$-]+$/.test(safe) ? safe : `"${safe.replaceAll(/(["\\])/g, "\\$1")}"`;
}
