import type { TemplateVersion } from "@gen";
import { words } from "@/strings/templates";
import type { Tone } from "@/ui/State";

export function versionState(v: TemplateVersion, active: boolean): { tone: Tone; word: string } {
  if (active) return { tone: "good", word: words.active };
  if (v.archived) return { tone: "off", word: words.archived };
  switch (v.job.status) {
    case "failed":
      return { tone: "bad", word: words.failed };
    case "running":
      return { tone: "wait", word: words.importing };
    case "pending":
      return { tone: "wait", word: words.waiting };
    case "canceled":
    case "canceling":
      return { tone: "off", word: words.canceled };
    default:
      return { tone: "off", word: words.imported };
  }
}
