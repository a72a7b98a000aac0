// The process of a gateway: node packages/gateway/src/main.ts --home DIR [--passphrase-file FILE | --handed]
import { gatewayProgram } from "./program.ts";

process.exit(await gatewayProgram(null));
