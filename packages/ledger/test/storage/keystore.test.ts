import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, linkSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readJson } from "../../../../test/helpers/shared-data.ts";
import { LedgerError, toHex } from "../../src/primitives/index.ts";
import {
  createSecretFile,
  type GatewaySecret,
  type NodeSecret,
  openKeystore,
  readCredentialFile,
  readSecretFile,
  scryptCostThrowAway,
  sealKeystore,
} from "../../src/storage/index.ts";
import { bytesOf } from "./sample-chain.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();
const passphrase = "correct horse battery staple";
const node: NodeSecret = {
  role: "node",
  networkSeed: bytesOf("network seed"),
  consensusSeed: bytesOf("consensus seed"),
};
const gateway: GatewaySecret = {
  role: "gateway",
  transactionSeed: bytesOf("transaction seed"),
  encryptionSeed: bytesOf("encryption seed"),
  localKey: bytesOf("local key"),
};

function seal(secret: NodeSecret | GatewaySecret, N = scryptCostThrowAway): Promise<string> {
  const salt = bytesOf("salt").slice(0, 16);
  const nonce = bytesOf("nonce").slice(0, 12);
  return sealKeystore({ secret, passphrase, salt, nonce, N });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "accepted";
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return error.code;
  }
}

describe("a keystore file", () => {
  test("gives back the keys of its role under its passphrase", async () => {
    expect(await openKeystore(await seal(node), "node", passphrase)).toEqual(node);
    expect(await openKeystore(await seal(gateway), "gateway", passphrase)).toEqual(gateway);
  });

  test("of the golden vector opens, which another implementation opens too", async () => {
    const golden = readJson<Readonly<Record<string, string>>>(
      join(import.meta.dirname, "..", "golden", "keystore.json"),
    );
    const { text = "", passphrase: words = "", ...seeds } = golden;
    const { role: _, laterSeeds: __, ...opened } = await openKeystore(text, "gateway", words);
    const hex = Object.entries(opened).map(([name, bytes]) => [name, toHex(bytes)]);
    expect(Object.fromEntries(hex)).toEqual(seeds);
  });

  test("of the golden vector with later keys opens, and keys of the first form stay readable", async () => {
    const golden = readJson<{
      readonly later: Readonly<Record<"passphrase" | "text" | "role", string>> & {
        readonly seeds: readonly (readonly [role: string, seed: string])[];
      };
    }>(join(import.meta.dirname, "..", "golden", "keystore-later.json"));
    const { text, passphrase: words, seeds } = golden.later;
    const { laterSeeds = [] } = await openKeystore(text, "node", words);
    expect(laterSeeds.map(({ role, seed }) => [role, toHex(seed)])).toEqual(seeds);
    const laterOf = { role: "transaction", seed: bytesOf("later") } as const;
    const more = { ...gateway, laterSeeds: Array.from({ length: 64 }, () => laterOf) };
    expect(await openKeystore(await seal(more), "gateway", passphrase)).toEqual(more);
    const tooMany = { ...gateway, laterSeeds: [...more.laterSeeds, laterOf] };
    expect(await codeOf(seal(tooMany))).not.toBe("accepted");
  });

  test("is the JSON of the protocol and shows nothing of the keys", async () => {
    const text = await seal(gateway);
    const file = JSON.parse(text);
    expect(file).toMatchObject({
      format: "tegata-keystore/1",
      role: "gateway",
      kdf: { name: "scrypt", N: 4_096, r: 8, p: 1 },
      cipher: "aes-256-gcm",
    });
    expect(Buffer.from(file.ciphertext, "base64")).toHaveLength(2 + 3 * 34 + 16);
    for (const key of [gateway.transactionSeed, gateway.encryptionSeed, gateway.localKey]) {
      expect(text).not.toContain(Buffer.from(key).toString("hex"));
      expect(Buffer.from(file.ciphertext, "base64").includes(Buffer.from(key))).toBe(false);
    }
  });

  test("another passphrase does not open it", async () => {
    const text = await seal(node);
    for (const wrong of ["", "Correct horse battery staple", `${passphrase} `, "x".repeat(5_000)]) {
      expect(await codeOf(openKeystore(text, "node", wrong))).toBe(
        "LEDGER_KEYSTORE_WRONG_PASSPHRASE",
      );
    }
  });

  test("a passphrase is the same however its accents were typed", async () => {
    const typed = (text: string) =>
      sealKeystore({
        secret: node,
        passphrase: text,
        salt: new Uint8Array(16),
        nonce: new Uint8Array(12),
        N: scryptCostThrowAway,
      });
    expect(await openKeystore(await typed("Gr\u00fc\u00dfe"), "node", "Gru\u0308\u00dfe")).toEqual(
      node,
    );
  });

  test("the keys of one process are not opened for the other, even under a changed label", async () => {
    const text = await seal(node);
    expect(await codeOf(openKeystore(text, "gateway", passphrase))).toBe(
      "LEDGER_KEYSTORE_OTHER_ROLE",
    );
    const file = JSON.parse(await seal(gateway));
    const relabelled = JSON.stringify({ ...file, role: "node" });
    expect(await codeOf(openKeystore(relabelled, "node", passphrase))).toBe(
      "LEDGER_KEYSTORE_MALFORMED",
    );
  });

  test("any altered byte of ciphertext, nonce or salt is refused", async () => {
    const file = JSON.parse(await seal(node));
    const alter = (text: string, index: number): string => {
      const bytes = Buffer.from(text, "base64");
      bytes[index] = (bytes[index] as number) ^ 1;
      return bytes.toString("base64");
    };
    const altered = [
      ...[0, 20, 69, 70, 85].map((at) => ({ ...file, ciphertext: alter(file.ciphertext, at) })),
      { ...file, nonce: alter(file.nonce, 3) },
      { ...file, kdf: { ...file.kdf, salt: alter(file.kdf.salt, 3) } },
      { ...file, kdf: { ...file.kdf, N: 2_048 } },
    ];
    for (const one of altered) {
      expect(await codeOf(openKeystore(JSON.stringify(one), "node", passphrase))).toBe(
        "LEDGER_KEYSTORE_WRONG_PASSPHRASE",
      );
    }
  });

  test("parameters that cost too much are refused before anything is computed", async () => {
    const file = JSON.parse(await seal(node));
    const costs = [
      { N: 2 ** 21 },
      { N: 2 ** 40 },
      { r: 33 },
      { p: 17 },
      { N: 2 ** 20, r: 32 },
      { r: Number.MAX_SAFE_INTEGER },
    ];
    for (const cost of costs) {
      const text = JSON.stringify({ ...file, kdf: { ...file.kdf, ...cost } });
      expect(await codeOf(openKeystore(text, "node", passphrase))).toBe(
        "LEDGER_KEYSTORE_TOO_COSTLY",
      );
    }
    expect(await codeOf(seal(node, 2 ** 21))).toBe("LEDGER_KEYSTORE_TOO_COSTLY");
  });

  test("parameters that scrypt does not know are refused as malformed", async () => {
    const file = JSON.parse(await seal(node));
    for (const N of [2 ** 16, 2 ** 20]) {
      const text = JSON.stringify({ ...file, kdf: { ...file.kdf, N, r: 1 } });
      expect(await codeOf(openKeystore(text, "node", passphrase))).toBe(
        "LEDGER_KEYSTORE_MALFORMED",
      );
    }
    const most = JSON.stringify({ ...file, kdf: { ...file.kdf, N: 2 ** 15, r: 1 } });
    expect(await codeOf(openKeystore(most, "node", passphrase))).toBe(
      "LEDGER_KEYSTORE_WRONG_PASSPHRASE",
    );
  });

  test("a passphrase that no reader would try seals nothing", async () => {
    const sealing = { secret: node, salt: new Uint8Array(16), nonce: new Uint8Array(12), N: 4_096 };
    const longest = "x".repeat(1_024);
    const sealed = await sealKeystore({ ...sealing, passphrase: longest });
    expect(await openKeystore(sealed, "node", longest)).toEqual(node);
    const refused = sealKeystore({ ...sealing, passphrase: `${longest}x` });
    expect(await codeOf(refused)).toBe("LEDGER_TOO_LARGE");
  });

  test("whatever is not such a file is refused as malformed", async () => {
    const file = JSON.parse(await seal(node));
    const { cipher: _, ...incomplete } = file;
    const kdf = (change: object): object => ({ ...file, kdf: { ...file.kdf, ...change } });
    const texts = [
      "",
      "{",
      "null",
      "[]",
      "1",
      JSON.stringify(file).repeat(100),
      ...[
        incomplete,
        { ...file, more: 1 },
        { ...file, format: "tegata-keystore/2" },
        { ...file, role: "root" },
        { ...file, cipher: "aes-256-cbc" },
        { ...file, kdf: null },
        { ...file, nonce: file.nonce.slice(4) },
        { ...file, nonce: `${file.nonce}\n` },
        { ...file, ciphertext: "" },
        { ...file, ciphertext: 7 },
        kdf({ name: "argon2" }),
        kdf({ N: 0 }),
        kdf({ N: 3 }),
        kdf({ N: 1 }),
        kdf({ N: 1.5 }),
        kdf({ N: "4096" }),
        kdf({ r: -1 }),
        kdf({ p: null }),
        kdf({ salt: "" }),
      ].map((one) => JSON.stringify(one)),
    ];
    for (const text of texts) {
      expect(await codeOf(openKeystore(text, "node", passphrase)), text.slice(0, 300)).toBe(
        "LEDGER_KEYSTORE_MALFORMED",
      );
    }
  });

  test("keys, salts and nonces of a wrong length are not sealed", async () => {
    const sealing = {
      secret: node,
      passphrase,
      salt: new Uint8Array(16),
      nonce: new Uint8Array(12),
      N: scryptCostThrowAway,
    };
    const short = new Uint8Array(8);
    expect(await codeOf(sealKeystore({ ...sealing, salt: short }))).toBe("LEDGER_BAD_LENGTH");
    expect(await codeOf(sealKeystore({ ...sealing, nonce: short }))).toBe("LEDGER_BAD_LENGTH");
    const secret = { ...node, networkSeed: short };
    expect(await codeOf(sealKeystore({ ...sealing, secret }))).toBe("LEDGER_BAD_SHAPE");
  });
});

describe("a file of secrets", () => {
  test("is created for its owner only, never over another, and read back", async () => {
    const path = join(temporaryFolder(), "node.keystore");
    await createSecretFile(path, "secret");
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await readSecretFile(path)).toBe("secret");
    expect(await codeOf(createSecretFile(path, "other"))).toBe("LEDGER_SECRET_FILE_UNREADABLE");
    expect(await readSecretFile(path)).toBe("secret");
  });

  test("is written by one of several at a time, whole, and takes away what a crash left of it", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "token");
    const ended = spawnSync(process.execPath, ["-e", ""]).pid;
    const left = [`token.new-${ended}-1`, `token.new-${process.pid}-0`];
    // Another file, and the draft of a process that is at work.
    const kept = ["other.new-1-1", `token.new-${process.ppid}-1`];
    for (const name of [...left, ...kept]) writeFileSync(join(folder, name), "half");
    const texts = ["a".repeat(50_000), "b".repeat(50_000), "c".repeat(50_000)];
    const codes = await Promise.all(
      texts.map((text) =>
        createSecretFile(path, text).then(
          () => null,
          (error: unknown) => (error as { code?: unknown }).code,
        ),
      ),
    );
    const refused = "LEDGER_SECRET_FILE_UNREADABLE";
    expect(codes.toSorted()).toEqual([refused, refused, null]);
    expect(await readSecretFile(path)).toBe(texts[codes.indexOf(null)]);
    expect(readdirSync(folder).toSorted()).toEqual([...kept, "token"].toSorted());
  });

  test("loses the second name that a kill left it when it is read, and nothing else does", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "words");
    await createSecretFile(path, "secret");
    linkSync(path, join(folder, `words.new-${process.ppid}-1`));
    linkSync(path, join(folder, "words.copy"));
    writeFileSync(join(folder, `words.new-${process.ppid}-2`), "half");
    expect(await readSecretFile(path)).toBe("secret");
    const left = ["words", "words.copy", `words.new-${process.ppid}-2`];
    expect(readdirSync(folder).toSorted()).toEqual(left);
  });

  test("has no second name any more when its own is kept", async () => {
    const path = join(temporaryFolder(), "words");
    const creating = createSecretFile(path, "secret");
    const names = new Set<number>();
    let isDone = false;
    void creating.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      if (existsSync(path)) names.add(statSync(path).nlink);
      await new Promise(setImmediate);
    }
    await creating;
    names.add(statSync(path).nlink);
    expect([...names]).toEqual([1]);
  });

  test("is refused while others have any access to it, where the system knows permissions", async () => {
    const path = join(temporaryFolder(), "node.keystore");
    await createSecretFile(path, "secret");
    const expected = process.platform === "win32" ? "accepted" : "LEDGER_SECRET_FILE_EXPOSED";
    for (const mode of [0o640, 0o604, 0o620, 0o601, 0o666]) {
      chmodSync(path, mode);
      expect(await codeOf(readSecretFile(path))).toBe(expected);
    }
    chmodSync(path, 0o400);
    expect(await readSecretFile(path)).toBe("secret");
  });

  test("is read by the group where the service manager laid it down, and by nobody else", async () => {
    const path = join(temporaryFolder(), "passphrase");
    await createSecretFile(path, "secret");
    for (const mode of [0o400, 0o440, 0o600]) {
      chmodSync(path, mode);
      expect(await readCredentialFile(path)).toBe("secret");
    }
    const expected = process.platform === "win32" ? "accepted" : "LEDGER_SECRET_FILE_EXPOSED";
    for (const mode of [0o460, 0o450, 0o404, 0o402, 0o444]) {
      chmodSync(path, mode);
      expect(await codeOf(readCredentialFile(path))).toBe(expected);
    }
  });

  test("is refused when it is missing, a folder or far too large", async () => {
    const folder = temporaryFolder();
    const large = join(folder, "large");
    writeFileSync(large, "x".repeat(100_000), { mode: 0o600 });
    chmodSync(folder, 0o700);
    for (const path of [join(folder, "none"), folder, large]) {
      expect(await codeOf(readSecretFile(path))).toBe("LEDGER_SECRET_FILE_UNREADABLE");
    }
  });
});
