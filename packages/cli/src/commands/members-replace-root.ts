import { replacementSignBytes } from "@tegata/ledger/chain";
import { createSigner } from "@tegata/ledger/primitives";
import { deriveRootKeys, generateSecret } from "@tegata/ledger/vault";
import { ownCard, readGenesis } from "../founding/genesis.ts";
import { handOverWords, wordsTaker } from "../founding/hand-over.ts";
import { homePaths } from "../founding/home.ts";
import { requestTitle, tallyText } from "../membership/request-lines.ts";
import type { Context } from "../program/context.ts";
import type { Given } from "../program/given.ts";
import { words } from "../words/catalogue.ts";
import { withGateway } from "./gateway.ts";
import { onLedger, patientlyTold } from "./settling.ts";

const waitMs = 60_000;

/** `tegata members replace-root`: asks the members to take new recovery words of this company for lost ones. */
export async function run(context: Context, given: Given): Promise<undefined> {
  const { membership, keys } = words();
  const { home, dryRun } = context;
  const card = await ownCard(home);
  const { networkId } = await readGenesis(homePaths(home).genesis);
  const action = "replace-root" as const;
  const document = { schema: "tegata.proposal/1", action, name: card.name } as const;
  if (dryRun) {
    const said = { submission: null, state: "dry-run", height: null, request: null };
    const what = membership.proposeDry(membership.actions[action](card.name));
    await context.result({ ...document, ...said }, [what]);
    return;
  }
  await withGateway(context, async (gateway) => {
    // Nobody is shown words for a company that cannot be reached.
    await gateway.member(card.memberId);
    const secret = generateSecret();
    await handOverWords(context, wordsTaker(context, given, false), secret);
    const { signingSeed, recovery } = deriveRootKeys(secret);
    secret.fill(0);
    const signer = createSigner(signingSeed);
    signingSeed.fill(0);
    const recoveryKey = recovery.publicKey.bytes;
    const { memberId: member } = card;
    const replaced = { member, rootKey: signer.publicKey, recoveryKey };
    const possession = signer.sign(replacementSignBytes(networkId, replaced));
    const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
    const startMs = performance.now();
    const sent = gateway.propose(
      {
        ...{ action, company: member, rootKey: signer.publicKey },
        ...{ recoveryKey: base64(recoveryKey), possession: base64(possession) },
      },
      { waitMs, dryRun: false },
    );
    const { request, ...said } = await patientlyTold(context, gateway, sent);
    await onLedger(gateway, said.height, { kind: "request" }, startMs);
    await context.result({ ...document, ...said, committed: true, request }, [
      request === null
        ? membership.passed
        : membership.proposed(request.request, requestTitle(request), tallyText(request)),
      keys.rootNext,
    ]);
  });
}
