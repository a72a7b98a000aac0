const borrowed = /[\\/]node_modules[\\/]node-[^\\/]+[\\/]bin[\\/]node(?:\.exe)?$/;

/** Whether this Node came with the packages: good for trying. */
export function isBorrowedNode(): boolean {
  return borrowed.test(process.execPath);
}
