export { type NodeConfig, nodeConfig, nodePaths, readConfig } from "./config.ts";
export { NodeError, type NodeErrorCode, type NodeErrorDetails } from "./errors.ts";
export { exitCodeOf, exitCodes } from "./exit-codes.ts";
export type { NodeSecrets } from "./home.ts";
export { createGuard, type GuardPlace } from "./host/guard-file.ts";
export { createLog, type Log, type LogLevel } from "./log.ts";
export { firstPeersText } from "./network/first-peers.ts";
export type { NetworkMember } from "./network/network.ts";
export { type RunningNode, startNode } from "./start.ts";
