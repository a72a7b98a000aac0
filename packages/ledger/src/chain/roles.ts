import type { Infer } from "../primitives/shape.ts";
import { word } from "./wire-shapes.ts";

/** What a working key is for. */
export const roleShape = word({ network: 1, consensus: 2, transaction: 3, encryption: 4 });
/** One of the four working keys. */
export type Role = Infer<typeof roleShape>;

/** Everything a key of the network ever was; no key serves twice. */
export const keyUseShape = word({
  network: 1,
  consensus: 2,
  transaction: 3,
  encryption: 4,
  root: 5,
  recovery: 6,
  invitation: 7,
});
/** What a key is or was for. */
export type KeyUse = Infer<typeof keyUseShape>;
