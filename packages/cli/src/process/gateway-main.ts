// The gateway of a company: as @tegata/gateway starts it, and able to read files of rows.
import { gatewayProgram } from "@tegata/gateway";
import { tableReader } from "../plant/table-reader.ts";
import { chooseLanguage } from "../words/catalogue.ts";

chooseLanguage(null, process.env);
process.exit(await gatewayProgram(tableReader));
