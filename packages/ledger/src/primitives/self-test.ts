export function selfTestPrimitives(): void {}
