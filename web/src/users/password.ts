// Letters and digits that nobody takes for another.
const kLetters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

export function makePassword(): string {
  return [...crypto.getRandomValues(new Uint32Array(18))].map((n) => kLetters[n % kLetters.length]).join("");
}
