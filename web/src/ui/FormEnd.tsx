// The end of a form in a dialog: what went wrong with it as a whole, and its two buttons.
import type { ApiError } from "@/lib/api";
import { words } from "@/strings/common";
import { Button } from "./Button";
import { Failure } from "./Load";

type EndProps = { error: ApiError | undefined; act: string; busy: boolean; onCancel: () => void };

export function FormEnd({ error, act, busy, onCancel }: EndProps) {
  return (
    <>
      {error && error.fields.length === 0 && <Failure error={error} />}
      <div className="form-acts" style={{ justifyContent: "flex-end" }}>
        <Button onClick={onCancel}>{words.cancel}</Button>
        <Button type="submit" kind="main" busy={busy}>
          {act}
        </Button>
      </div>
    </>
  );
}
