import { Switch, TextInput } from "@mantine/core";
import { words } from "@/strings/deployment";
import { words as common } from "@/strings/common";
import { Button, IconButton } from "@/ui/Button";
import { Section } from "@/ui/Page";
import { groundOf } from "./colours";
import { type BannerDraft, type Draft, freshBanner, type Problems } from "./draft";

type FieldsProps = { draft: Draft; problems: Problems; tried: boolean; onChange: (draft: Draft) => void };

export function AppearanceFields({ draft, problems, tried, onChange }: FieldsProps) {
  const change = (key: number, part: Partial<BannerDraft>) => onChange({ ...draft, banners: draft.banners.map((one) => (one.key === key ? { ...one, ...part } : one)) });
  return (
    <>
      <TextInput label={words.name} description={words.nameHint} placeholder={common.product} value={draft.name} autoComplete="off" error={problems.name} onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })} />
      <TextInput label={words.logo} description={words.logoHint} value={draft.logo} autoComplete="off" spellCheck={false} error={problems.logo} onChange={(event) => onChange({ ...draft, logo: event.currentTarget.value })} />
      <Section title={words.announcements}>
        <p className="muted small">{words.announcementsHint}</p>
        {draft.banners.length === 0 && <p>{words.noBanners}</p>}
        {draft.banners.map((banner, i) => (
          <BannerFields
            key={banner.key}
            number={i + 1}
            banner={banner}
            problems={problems.banners[banner.key] ?? {}}
            tried={tried}
            onChange={(part) => change(banner.key, part)}
            onRemove={() => onChange({ ...draft, banners: draft.banners.filter((one) => one.key !== banner.key) })}
          />
        ))}
        <div>
          <Button icon="plus" onClick={() => onChange({ ...draft, banners: [...draft.banners, freshBanner()] })}>
            {words.addBanner}
          </Button>
        </div>
      </Section>
    </>
  );
}

type BannerProps = { number: number; banner: BannerDraft; problems: { message?: string; colour?: string }; tried: boolean; onChange: (part: Partial<BannerDraft>) => void; onRemove: () => void };

function BannerFields({ number, banner, problems, tried, onChange, onRemove }: BannerProps) {
  const colour = banner.background_color ?? "";
  return (
    <fieldset className="banner-fields" aria-label={words.banner(number)}>
      <div className="row">
        <strong className="grow">{words.banner(number)}</strong>
        <Switch label={words.shown} checked={banner.enabled} onChange={(event) => onChange({ enabled: event.currentTarget.checked })} />
        <IconButton icon="trash" label={words.removeBanner(number)} onClick={onRemove} />
      </div>
      <TextInput label={words.message} description={words.messageHint} value={banner.message ?? ""} autoComplete="off" error={tried && problems.message} onChange={(event) => onChange({ message: event.currentTarget.value })} />
      <div className="banner-colour">
        <TextInput label={words.colour} value={colour} autoComplete="off" spellCheck={false} error={problems.colour} onChange={(event) => onChange({ background_color: event.currentTarget.value })} />
        <input type="color" aria-label={words.pick(number)} value={groundOf(colour)} onChange={(event) => onChange({ background_color: event.currentTarget.value })} />
      </div>
    </fieldset>
  );
}
