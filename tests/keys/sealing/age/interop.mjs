// A second age implementation for the tests: reads a JSON list of tasks, writes the list of results.
// Task: {seal: base64, recipients?: [text], passphrase?: text, armor?: bool} -> base64, or text with armor
//       {open: base64 or text, identities?: [text], passphrase?: text, armor?: bool} -> base64
//       {generate: "hybrid" | "x25519"} -> {identity, recipient}
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18 (Debian 12) has it, but not as a global
const age = await import("age-encryption");

async function seal({ seal: plaintext, recipients = [], passphrase, armor }) {
  const encrypter = new age.Encrypter();
  recipients.forEach((recipient) => encrypter.addRecipient(recipient));
  if (passphrase !== undefined) {
    encrypter.setPassphrase(passphrase);
    encrypter.setScryptWorkFactor(10);
  }
  const sealed = await encrypter.encrypt(new Uint8Array(Buffer.from(plaintext, "base64")));
  return armor ? age.armor.encode(sealed) : Buffer.from(sealed).toString("base64");
}

async function open({ open: sealed, identities = [], passphrase, armor }) {
  const decrypter = new age.Decrypter();
  identities.forEach((identity) => decrypter.addIdentity(identity));
  if (passphrase !== undefined) decrypter.addPassphrase(passphrase);
  const bytes = armor ? age.armor.decode(sealed) : new Uint8Array(Buffer.from(sealed, "base64"));
  return Buffer.from(await decrypter.decrypt(bytes)).toString("base64");
}

async function generate({ generate: kind }) {
  const identity = await (kind === "hybrid" ? age.generateHybridIdentity() : age.generateX25519Identity());
  return { identity, recipient: await age.identityToRecipient(identity) };
}

async function perform(task) {
  if ("seal" in task) return seal(task);
  return "open" in task ? open(task) : generate(task);
}

const results = [];
for (const task of JSON.parse(readFileSync(0, "utf8"))) results.push(await perform(task));
process.stdout.write(JSON.stringify(results));
