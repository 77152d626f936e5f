import { expect, it } from "vitest";
import { Answers } from "./api";

// A server with one page, which knows its tag.
function server(page: { tag: string | undefined; value: unknown }) {
  const sent: (string | undefined)[] = [];
  const ask = async (more: Record<string, string>) => {
    const asked = more["If-None-Match"];
    sent.push(asked);
    if (page.tag !== undefined && asked === page.tag) return new Response(null, { status: 304 });
    return new Response(JSON.stringify(page.value), { headers: page.tag === undefined ? {} : { ETag: page.tag } });
  };
  return { page, sent, ask };
}

it("asks again by the tag, and gives what it had when nothing changed", async () => {
  const here = server({ tag: '"1"', value: { count: 1 } });
  const answers = new Answers();

  const first = await answers.ask("/list", here.ask);
  const same = await answers.ask("/list", here.ask);
  here.page.tag = '"2"';
  here.page.value = { count: 2 };
  const changed = await answers.ask("/list", here.ask);

  expect(same).toBe(first);
  expect(changed).toEqual({ count: 2 });
  expect(here.sent).toEqual([undefined, '"1"', '"1"']);
});

it("asks plainly where the server gives no tag", async () => {
  const here = server({ tag: undefined, value: [1] });
  const answers = new Answers();
  await answers.ask("/list", here.ask);
  expect(await answers.ask("/list", here.ask)).toEqual([1]);
  expect(here.sent).toEqual([undefined, undefined]);
});

it("keeps so many answers and no more: the oldest go", async () => {
  const here = server({ tag: '"1"', value: 1 });
  const answers = new Answers(2);
  for (const path of ["/a", "/b", "/c", "/b", "/a"]) await answers.ask(path, here.ask);
  expect(here.sent).toEqual([undefined, undefined, undefined, '"1"', undefined]);
});
