export { nonceBytes, openAead, sealAead, tagBytes } from "./aead.ts";
export type { BatchPlace } from "./batch-header.ts";
export type { CommittedSeal, SealRefusal } from "./committed-seal.ts";
export {
  type GrantedFacet,
  type GrantPlace,
  type GrantSecrets,
  grantSealBytes,
  type OpenedGrant,
  openGrant,
  sealGrant,
} from "./grant.ts";
export { type OpenedSeal, openSealed, sealOverheadBytes, sealTo } from "./hpke.ts";
export {
  cover,
  coverNodes,
  coverNodesMax,
  createFacetTree,
  createKeyTree,
  epochKeyFrom,
  epochMax,
  type FacetPlace,
  facetRoot,
  type KeyTree,
  type NodeName,
  nodeAt,
  type TreeNode,
  treeDepth,
} from "./key-tree.ts";
export {
  type MetaPlace,
  type MetaToOpen,
  type OpenedMeta,
  openMeta,
  type SealedMeta,
  sealMeta,
} from "./meta.ts";
export { paddedBytesMax, paddedLength } from "./padding.ts";
export {
  type Batch,
  discloseField,
  discloseRow,
  type FacetRows,
  type FacetSeal,
  type OpenedPart,
  openPart,
  type PartToDisclose,
  type PartToOpen,
  type SealedBatch,
  sealBatch,
} from "./part.ts";
export type { PartPlace } from "./part-keys.ts";
export { drawBytes, generateEntryId, generateSecret, generateStreamId } from "./random.ts";
export {
  openEncryptionSeed,
  openStreamSecrets,
  type RecoveryRefusal,
  type SeedPlace,
  type StreamSecrets,
  type StreamSecretsPlace,
  sealEncryptionSeed,
  sealStreamSecrets,
} from "./recovery.ts";
export {
  deriveRootKeys,
  generateRootSecret,
  generateWorkingKeys,
  type RootKeys,
  recoverySeedOf,
  type WorkingSeeds,
} from "./root-secret.ts";
export { selfTestVault } from "./self-test.ts";
export {
  createXwingKeyPair,
  encapsulationBytes,
  importXwingKey,
  type XwingKeyPair,
  type XwingPublicKey,
  xwingSeedBytes,
} from "./xwing.ts";
