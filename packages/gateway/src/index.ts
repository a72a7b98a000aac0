export { openOperations } from "./api/operations.ts";
export type { GatewayConfig } from "./config.ts";
export { gatewayConfig, gatewayPaths, readConfig } from "./config.ts";
export { GatewayError, type GatewayErrorCode, type GatewayErrorDetails } from "./errors.ts";
export { exitCodes } from "./exit-codes.ts";
export type { PlantTable, TableReader, TableReading } from "./plant/table.ts";
export { gatewayProgram } from "./program.ts";
export { type RunningGateway, startGateway } from "./start.ts";
