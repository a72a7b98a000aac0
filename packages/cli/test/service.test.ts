import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { exitCodes as gatewayExits } from "../../gateway/src/exit-codes.ts";
import { exitCodes as nodeExits } from "../../node/src/exit-codes.ts";
import { exitCodes } from "../src/print/exit-codes.ts";
import { unitText } from "../src/process/unit-text.ts";
import { tegata, temporaryFolder } from "./command-helpers.ts";

const units = resolve(import.meta.dirname, "../../../ops/systemd");
const service = readFileSync(join(units, "tegata.service"), "utf8");
const usual = { program: ["/usr/local/bin/tegata"], home: "/var/lib/tegata", user: "tegata" };

interface Document {
  readonly units: readonly { readonly name: string; readonly text: string }[];
}

const backup = readFileSync(join(units, "tegata-backup.service"), "utf8");

describe("a unit", () => {
  test("of the usual places stays as it is", () => {
    for (const unit of [service, backup]) expect(unitText(unit, usual)).toBe(unit);
  });

  test("of the backup reads the home folder where it lies and writes beside it", () => {
    const text = unitText(backup, { ...usual, home: "/srv/kato", user: "kato" });
    for (const line of [
      "User=kato",
      "Environment=TEGATA_HOME=/srv/kato",
      "ReadWritePaths=/srv/kato",
      "StateDirectory=tegata-backup",
      "ExecStart=/usr/local/bin/tegata backup --folder /var/lib/tegata-backup --keep 14",
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
  });

  test("starts what it is told to, for the home folder and as the user it is told", () => {
    const program = ["/opt/node 24/bin/node", "/srv/tegata$/100%/tegata.mjs"];
    const text = unitText(service, { program, home: "/var/lib/kato", user: "kato" });
    const started = '"/opt/node 24/bin/node" /srv/tegata$$/100%%/tegata.mjs start --foreground';
    expect(text).toContain(`\nExecStart=${started}\n`);
    for (const line of ["User=kato", "Group=kato", "StateDirectory=kato", "ProtectHome=yes"]) {
      expect(text).toContain(`\n${line}\n`);
    }
    expect(text).toContain("\nEnvironment=TEGATA_HOME=/var/lib/kato\n");
    expect(text).not.toContain(usual.home);
  });

  test("may write a home folder that lies elsewhere, also among those of people", () => {
    const text = unitText(service, { ...usual, home: "/home/kato/chain data" });
    expect(text).toContain('\nReadWritePaths="/home/kato/chain data"\n');
    expect(text).toContain('\nEnvironment="TEGATA_HOME=/home/kato/chain data"\n');
    expect(text).toContain("\nProtectHome=no\n");
    expect(text).not.toMatch(/^StateDirectory=/m);
  });

  test("is not started again after an exit that asks for a person, of any program", () => {
    const final = /^RestartPreventExitStatus=(.*)$/m.exec(service)?.[1]?.split(" ").map(Number);
    const { diverged, signStateUnsafe, configuration, outdated } = nodeExits;
    expect(final).toEqual([diverged, signStateUnsafe, configuration, outdated]);
    expect(final).toContain(gatewayExits.overtaken);
    expect(final).toContain(gatewayExits.configuration);
    expect(final).toContain(exitCodes.stopped);
    expect(final).not.toContain(nodeExits.temporary);
    expect(service).toContain("\nRestart=on-failure\n");
  });
});

describe("tegata service", () => {
  const home = "/var/lib/tegata";

  test("shows every unit that comes with the program", async () => {
    const { stdout, exit } = await tegata(["service", "show", "--json", "--home", home]);
    expect(exit).toBe(0);
    const shown = (JSON.parse(stdout) as Document).units;
    expect(shown.map(({ name }) => name).sort()).toEqual(readdirSync(units).sort());
    for (const { name, text } of shown) {
      expect(text.includes(process.execPath), name).toBe(name.endsWith(".service"));
    }
  });

  test("lets nobody write a line of a unit by a user or a folder", async () => {
    for (const user of ["kato\nExecStart=/bin/evil", "", "Kato Press", "9lives"]) {
      const { exit, stdout } = await tegata(["service", "show", "--user", user, "--home", home]);
      expect([exit, stdout], user).toEqual([2, ""]);
    }
    const { exit } = await tegata(["service", "show", "--home", "/srv/a\nUser=root"]);
    expect(exit).toBe(2);
  });

  test("writes them, says what is there already, and never writes over another text", async () => {
    const to = temporaryFolder();
    const words = ["service", "install", "--home", home, "--to", to];
    const dry = await tegata([...words, "--dry-run"]);
    expect([dry.exit, readdirSync(to)]).toEqual([0, []]);
    expect(dry.stdout).toContain(`Would write ${join(to, "tegata.service")}`);
    const first = await tegata(words);
    expect([first.exit, readdirSync(to).sort()]).toEqual([0, readdirSync(units).sort()]);
    expect(first.stdout).toContain(
      "sudo systemctl enable --now tegata.service tegata-backup.timer",
    );
    expect((await tegata(words)).stdout).toContain("tegata.service is there already");
    writeFileSync(join(to, "tegata.service"), "[Service]\nExecStart=/bin/mine\n");
    const refused = await tegata(words);
    expect([refused.exit, refused.stderr.includes("CLI_FILE_NOT_WRITTEN")]).toEqual([1, true]);
    expect(readFileSync(join(to, "tegata.service"), "utf8")).toContain("/bin/mine");
  });
});
