// What happened, with its thing and its person as links where there is a page of them.
import type { AuditLog } from "@gen";
import { Link } from "@tanstack/react-router";
import { inside, sentence } from "./sentence";

export function Sentence({ entry: e }: { entry: AuditLog }) {
  const link = e.is_deleted ? undefined : inside(e.resource_link);
  return sentence(e).map((piece, i) => {
    if (piece.part === "words") return piece.text;
    if (piece.part === "what" && link) return <a key={i} href={link}>{piece.text}</a>;
    if (piece.part === "who" && e.user) return <Link key={i} to="/users/$name" params={{ name: e.user.username }}>{piece.text}</Link>;
    return <strong key={i}>{piece.text}</strong>;
  });
}
