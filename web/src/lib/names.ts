// The contract's rule for names of people, organizations, templates and workspaces.
export function isName(text: string): boolean {
  return text.length <= 32 && /^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/.test(text) && text !== "new" && text !== "create";
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

const kShips = ["amber", "brisk", "calm", "clear", "coral", "early", "fair", "hale", "keen", "lucky", "merry", "noble", "quick", "quiet", "sunny", "swift"];
const kBirds = ["auk", "curlew", "dunlin", "eider", "fulmar", "gannet", "grebe", "gull", "heron", "knot", "petrel", "plover", "puffin", "scoter", "skua", "tern"];

// A name nobody has to think about: "swift-heron".
export function suggestName(random: () => number = Math.random): string {
  const pick = (list: string[]) => list[Math.floor(random() * list.length)] ?? "calm";
  return `${pick(kShips)}-${pick(kBirds)}`;
}
