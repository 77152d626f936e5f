// What is wrong with the form for a new password, field by field; nothing when it can be sent.
import { isEmail } from "@/lib/names";
import { reset as words } from "@/strings/app";

export type NewPassword = { email: string; code: string; fresh: string; again: string };

export function faults(form: NewPassword): Partial<Record<keyof NewPassword, string>> {
  return {
    ...(isEmail(form.email) ? {} : { email: words.emailBad }),
    ...(form.code.trim() === "" ? { code: words.codeMissing } : {}),
    ...(form.fresh.length < 8 ? { fresh: words.short } : {}),
    ...(form.fresh !== form.again ? { again: words.differ } : {}),
  };
}
