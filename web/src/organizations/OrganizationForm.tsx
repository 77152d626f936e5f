// What an organization is called and is for: the same fields where one is made and where it is changed.
import { Textarea, TextInput } from "@mantine/core";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { words } from "@/strings/organizations";
import { Picture } from "@/ui/bits";

export type OrganizationFields = { name: string; display_name: string; description: string; icon: string };

type FieldsProps = { form: OrganizationFields; onChange: (form: OrganizationFields) => void; problem: unknown; tried: boolean; was?: string };

export function OrganizationFieldset({ form, onChange, problem, tried, was }: FieldsProps) {
  const error = problem instanceof ApiError ? problem : undefined;
  const field = (key: keyof OrganizationFields) => ({
    value: form[key],
    autoComplete: "off",
    onChange: (event: { currentTarget: { value: string } }) => onChange({ ...form, [key]: event.currentTarget.value }),
  });
  return (
    <>
      <TextInput {...field("name")} label={words.name} description={was !== undefined && was !== form.name ? words.nameChanges : words.nameHint} data-autofocus={was === undefined || undefined} error={(tried && !isName(form.name) ? words.nameBad : undefined) ?? error?.field("name")} />
      <TextInput {...field("display_name")} label={words.displayName} error={error?.field("display_name")} />
      <Textarea {...field("description")} label={words.description} autosize minRows={2} maxRows={8} error={error?.field("description")} />
      <TextInput {...field("icon")} label={words.icon} description={words.iconHint} leftSection={<Picture url={form.icon} name={form.display_name || form.name} size={18} />} error={error?.field("icon")} />
    </>
  );
}
