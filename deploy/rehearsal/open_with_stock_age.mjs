// Opens an age file with the stock npm package: node open_with_stock_age.mjs IDENTITY-FILE SEALED-FILE OPENED-FILE
import { readFileSync, writeFileSync } from "node:fs";
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18 (Debian 12) has it, but not as a global
const { Decrypter } = await import("age-encryption");

const [identityFile, sealedFile, openedFile] = process.argv.slice(2);
const decrypter = new Decrypter();
for (const line of readFileSync(identityFile, "utf8").split("\n")) {
  if (line.startsWith("AGE-SECRET-KEY-")) decrypter.addIdentity(line.trim());
}
writeFileSync(openedFile, await decrypter.decrypt(new Uint8Array(readFileSync(sealedFile))));
