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

/** A folder that systemd makes and gives to the user. */
const ownFolder = /^\/var\/lib\/([\w.-]+)$/;

/** A unit as it comes with the program, made to fit this machine. */
export function unitText(unit: string, { program, home, user }: UnitPlace): string {
  return unit
    .split("\n")
    .map((line) => fitted(line, home, user))
    .map((line) => line.replaceAll(usualProgram, () => program.map(commandWord).join(" ")))
    .join("\n");
}

function fitted(line: string, home: string, user: string): string {
  const name = ownFolder.exec(home)?.[1];
  switch (line) {
    case "User=tegata":
    case "Group=tegata":
      return line.replace("tegata", () => user);
    case "StateDirectory=tegata":
      return name === undefined ? `ReadWritePaths=${quoted(home)}` : `StateDirectory=${name}`;
    case `ReadWritePaths=${usualHome}`:
      return `ReadWritePaths=${quoted(home)}`;
    case "ProtectHome=yes":
      return hidden.test(home) ? "ProtectHome=no" : line;
    case `Environment=TEGATA_HOME=${usualHome}`:
      return `Environment=${quoted(`TEGATA_HOME=${home}`)}`;
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
