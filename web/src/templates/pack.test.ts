import { describe, expect, it } from "vitest";
import { kMostBytes, pack, tree } from "./pack";

const source = (path: string, size = 10) => ({ path, size, executable: false, read: () => Promise.resolve(new Uint8Array(size)) });
const of = (...paths: string[]) => pack(paths.map((path) => source(path)), []);

describe("what becomes a template", () => {
  it("is what lies in the folder that holds everything", () => {
    expect(of("work/vm/main.tf", "work/vm/files/run.sh").kept.map((one) => one.path)).toEqual(["files/run.sh", "main.tf"]);
    expect(of("main.tf", "files/run.sh").kept.map((one) => one.path)).toEqual(["files/run.sh", "main.tf"]);
  });

  it("leaves out caches, history, state and what systems leave behind, and says why", () => {
    const made = pack(["a/main.tf", "a/.terraform/x", "a/.git/HEAD", "a/terraform.tfstate", "a/terraform.tfstate.backup", "a/sub/.DS_Store", "__MACOSX/a/._main.tf", "a/.terraform.lock.hcl"].map((path) => source(path)), ["a/link"]);

    expect(made.kept.map((one) => one.path)).toEqual([".terraform.lock.hcl", "main.tf"]);
    expect(made.left.map((one) => one.why)).toEqual(["link", "cache", "git", "state", "state", "system", "system"]);
    expect(made.problem).toBeUndefined();
  });

  it("has Terraform at its top", () => {
    expect(of("README.md", "modules/a/main.tf").problem).toEqual({ kind: "noTerraform" });
    expect(of("main.tf.json").problem).toBeUndefined();
    expect(of("a/.git/HEAD").problem).toEqual({ kind: "empty" });
  });

  it("is not larger than the server takes, and names the biggest file", () => {
    const made = pack([source("main.tf"), source("disk.img", kMostBytes)], []);

    expect(made.problem).toMatchObject({ kind: "tooLarge", biggest: { path: "disk.img" } });
    expect(pack(Array.from({ length: 10_001 }, (_, i) => source(`${i}.tf`, 0)), []).problem).toEqual({ kind: "tooMany" });
  });
});

it("draws files under their folders", () => {
  expect(tree([source("main.tf", 3), source("a/b/x", 1), source("a/y", 2)]).map((twig) => [twig.depth, twig.name, twig.size])).toEqual([
    [0, "a", undefined],
    [1, "b", undefined],
    [2, "x", 1],
    [1, "y", 2],
    [0, "main.tf", 3],
  ]);
});
