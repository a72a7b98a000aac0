// Writes docs/SETTINGS.md from the table of settings: `npm run facts -- --write`. Not edited by hand.
import {
  type SettingName,
  settingNames,
  settingsTable,
  tomlValue,
  variableOf,
} from "../packages/settings/src/index.ts";

const head = `# Settings

All settings of a member, written by \`npm run facts -- --write\` from the table in the code. They lie in
\`config.toml\`: with \`--home DIR\` or \`$TEGATA_HOME\` in that folder, else in \`$XDG_CONFIG_HOME/tegata\`
(\`~/.config/tegata\`), unless the data folder has one. A name \`network.listen\` is \`listen\` in the table
\`[network]\`:

\`\`\`toml
[network]
name = "Chubu Press Consortium"
listen = ["/ip4/0.0.0.0/tcp/7001"]

[company]
handle = "kato"
\`\`\`

Later ones win: default, file, environment, \`--set NAME=VALUE\` of \`tegata start\`. \`tegata config show --origin\`
says what holds and where it comes from, \`tegata config check\` whether it can be used. What is unknown, wrong or
contradicting is refused with its line, exit code 78, and nothing starts or changes. In the environment and on the
command line a list has commas between its entries.

The environment is read by \`tegata start\` alone; it hands what it resolved to both processes, so that they agree,
and one that is started again goes on with the same settings. A variable \`TEGATA_…\` that is none of these is
refused, so that no typing error hides; in Kubernetes say \`enableServiceLinks: false\`, which keeps it from making
such variables of its own.

Secrets are no settings. The passphrase comes from \`--passphrase-file FILE\`, \`-\` for standard input, or
\`$CREDENTIALS_DIRECTORY/passphrase\` (systemd \`LoadCredential=\`).
`;

function initialText(name: SettingName): string {
  const { initial } = settingsTable[name];
  return initial === null
    ? "must be given"
    : `\`${JSON.stringify(tomlValue(name, initial.value))}\``;
}

/** The whole of docs/SETTINGS.md. */
export function settingsText(): string {
  const rows = settingNames.map((name) => {
    const { kind, readBy, text } = settingsTable[name];
    const expected = kind.expected.replaceAll("|", "\\|");
    const cells = [`\`${name}\``, expected, initialText(name), `\`${variableOf(name)}\``];
    return `| ${[...cells, readBy.join(", "), text].join(" | ")} |`;
  });
  const titles = ["setting", "what it may be", "default", "variable", "read by", "meaning"];
  const table = [`| ${titles.join(" | ")} |`, `|${"---|".repeat(titles.length)}`, ...rows];
  return `${head}\n${table.join("\n")}\n`;
}
