import type { GatewayClient, MemberDetail } from "@tegata/gateway/client";
import { type Role, type RotationContent, signRotation } from "@tegata/ledger/chain";
import { createSigner, type NetworkId, type Signer } from "@tegata/ledger/primitives";
import { deriveRootKeys, sealEncryptionSeed } from "@tegata/ledger/vault";
import { CliError } from "../errors.ts";
import {
  type BegunRotation,
  beginRotation,
  begunRotation,
  endRotation,
} from "../founding/begun-rotation.ts";
import { ownCard, readGenesis } from "../founding/genesis.ts";
import { homePaths } from "../founding/home.ts";
import { hashOf, keepNextKey, type NextKey } from "../founding/next-key.ts";
import { takePassphrase } from "../founding/passphrase.ts";
import { localZone } from "../input/time.ts";
import { dateTime } from "../print/human.ts";
import type { Context } from "../program/context.ts";
import { type Given, usageOf } from "../program/given.ts";
import { askRootSecret } from "../recovering/root-words.ts";
import { words } from "../words/catalogue.ts";
import { patiently, refusalCode, withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";

const waitMs = 120_000;
const roles: readonly Role[] = ["network", "consensus", "transaction", "encryption"];

/** The root of a company, as far as a rotation needs it. */
interface Root {
  readonly signer: Signer;
  readonly recoveryKey: Uint8Array;
}

/** `tegata keys rotate`: a new key takes the place of one of the four, without a gap. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { keys } = words();
  const role = roles.find((one) => one === given.argument("role"));
  if (role === undefined) throw usageOf(keys.badRole(given.argument("role")));
  const isCompromised = given.flag("compromised");
  const { home, dryRun } = context;
  const { handle, memberId } = await ownCard(home);
  const { networkId } = await readGenesis(homePaths(home).genesis);
  await withGateway(context, async (gateway) => {
    const member = await patiently(() => gateway.member(memberId));
    const nowMs = context.world.nowMs();
    const begun = await begunRotation(home, role, { isCompromised, nowMs });
    const taken = member.keys.find((one) => one.role === role && one.key === begun?.key);
    const version = taken?.version ?? versionOf(member, role) + 1;
    const document = { schema: "tegata.keys-rotate/1", company: handle, role, version } as const;
    const needsRoot = role === "transaction" || role === "encryption";
    const file = given.text("words-file");
    const isAsked = taken === undefined && (needsRoot || file !== null);
    const root = isAsked ? await rootOf(context, file, member) : null;
    if (dryRun && taken === undefined) {
      const said = { state: "dry-run", height: null } as const;
      const result = { ...document, compromised: isCompromised, ...said };
      await context.result(result, [keys.dry(role, version, isCompromised)]);
      return;
    }
    const about = { member: memberId, role, version, isCompromised };
    const startMs = performance.now();
    const { state, height: found } =
      taken === undefined
        ? await rotate(context, given, gateway, { about, member, networkId, begun, root })
        : { state: "committed", height: taken.height };
    const height = await onLedger(gateway, found, { kind: "key" }, startMs);
    if (!dryRun) await endRotation(home, role);
    const old = await endOf(gateway, memberId, role, version - 1);
    const said = { state, height, committed: true, oldKeyEndsMs: old } as const;
    await context.result({ ...document, compromised: isCompromised, ...said }, [
      keys.taken(role, version, height),
      ...(old === null ? [] : [keys.oldEnds(dateTime(old, localZone()), isCompromised)]),
      ...(role === "encryption" ? [keys.oldOpens] : []),
    ]);
  });
}

/**
 * Registers the next consensus key in the ordinary way, or finds that an interrupted attempt did; null while the
 * ledger has not taken it yet.
 */
export async function renewConsensusKey(
  context: Context,
  given: Given,
  gateway: GatewayClient,
): Promise<{ readonly version: number; readonly height: number | null }> {
  const { home } = context;
  const { memberId } = await ownCard(home);
  const { networkId } = await readGenesis(homePaths(home).genesis);
  const member = await patiently(() => gateway.member(memberId));
  const [role, isCompromised] = ["consensus", false] as const;
  const begun = await begunRotation(home, role, { isCompromised, nowMs: context.world.nowMs() });
  const taken = member.keys.find((one) => one.role === role && one.key === begun?.key);
  const version = taken?.version ?? versionOf(member, role) + 1;
  const about = { member: memberId, role, version, isCompromised };
  const height =
    taken?.height ??
    (await rotate(context, given, gateway, { about, member, networkId, begun, root: null })).height;
  if (height !== null) await endRotation(home, role);
  return { version, height };
}

/** What is known before a rotation, and an interrupted attempt at the same one. */
interface Attempt {
  readonly about: Omit<RotationContent, "key" | "seal">;
  readonly member: MemberDetail;
  readonly networkId: NetworkId;
  readonly begun: BegunRotation | null;
  readonly root: Root | null;
}

/** Makes the next key durable, notes that it leaves, and has the ledger take it. */
async function rotate(
  context: Context,
  given: Given,
  gateway: GatewayClient,
  { about, member, networkId, begun, root }: Attempt,
): Promise<{ readonly state: string; readonly height: number | null }> {
  const { home } = context;
  const { role, isCompromised } = about;
  const passphrase = await takePassphrase(context, given.text("passphrase-file"), "known");
  const known = new Set(member.keys.map(({ key }) => key));
  const order = { home, passphrase, role, network: networkId, known, isCompromised };
  const next = await keepNextKey({ ...order, begun: begun?.key ?? null });
  const key = hashOf(next);
  await beginRotation(home, role, { key, isCompromised, atMs: context.world.nowMs() });
  context.say(words().keys.kept(role));
  try {
    const sent = send(gateway, about, { next, root, network: networkId });
    return await patientlyTold(context, gateway, sent);
  } catch (error) {
    if (refusalCode(error) !== "GATEWAY_LEDGER_REFUSED") throw error;
    // An attempt that was interrupted may have been taken meanwhile, with the same key.
    const { keys } = await patiently(() => gateway.member(about.member));
    const taken = keys.find((one) => one.role === role && one.key === key);
    if (taken !== undefined) return { state: "committed", height: taken.height };
    await endRotation(home, role);
    throw error;
  }
}

function versionOf(member: MemberDetail, role: Role): number {
  return Math.max(0, ...member.keys.filter((key) => key.role === role).map((key) => key.version));
}

async function endOf(
  gateway: GatewayClient,
  member: string,
  role: Role,
  version: number,
): Promise<number | null> {
  const { keys } = await patiently(() => gateway.member(member));
  return keys.find((key) => key.role === role && key.version === version)?.endMs ?? null;
}

/** @throws CLI_USAGE where the words are not those of this company */
async function rootOf(context: Context, file: string | null, member: MemberDetail): Promise<Root> {
  const secret = await askRootSecret(context, file);
  const { signingSeed, recovery } = deriveRootKeys(secret);
  secret.fill(0);
  const signer = createSigner(signingSeed);
  signingSeed.fill(0);
  if (signer.publicKey !== member.rootKey) {
    throw new CliError("CLI_USAGE", words().keys.otherWords);
  }
  return { signer, recoveryKey: recovery.publicKey.bytes };
}

async function send(
  gateway: GatewayClient,
  about: Omit<RotationContent, "key" | "seal">,
  by: { readonly next: NextKey; readonly root: Root | null; readonly network: NetworkId },
) {
  const { next, root, network } = by;
  const { member, version } = about;
  const seal =
    about.role === "encryption" && root !== null
      ? await sealEncryptionSeed(root.recoveryKey, { member, keyVersion: version }, next.seed)
      : new Uint8Array(0);
  const signers = { key: next.signer, root: root?.signer ?? null };
  const signed = signRotation({ ...about, key: next.key, seal }, network, signers);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const { role, isCompromised, rootSignature } = signed;
  const body = {
    ...{ role, version, isCompromised },
    ...{ key: base64(signed.key), seal: base64(signed.seal) },
    possession: base64(signed.possession),
    rootSignature: rootSignature === null ? null : base64(rootSignature),
  };
  return await gateway.rotate(body, { waitMs, dryRun: false });
}
