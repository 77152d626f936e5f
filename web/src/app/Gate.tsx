// Lets signed-in people through; sends others to sign in, or to set-up when nobody exists yet.
import { useIsMutating, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { ApiError } from "@/lib/api";
import { chunk } from "@/lib/chunk";
import { hasFirstUser, isLeaving, meQuery } from "@/me/queries";
import { words } from "@/strings/common";
import { fromAccount, wear } from "@/theme/theme";
import { Mark } from "@/ui/Icon";
import { Failure } from "@/ui/Load";
import { Go } from "@/ui/Go";
import { kLook } from "@/users/queries";
import { Restarts } from "@/workspaces/Restarts";
import "./frame.css";

const SignInAgain = lazy(chunk(async () => ({ default: (await import("@/login/SignInAgain")).SignInAgain })));

export function Gate({ children }: { children: ReactNode }) {
  const me = useQuery(meQuery);
  const choosing = useIsMutating({ mutationKey: [kLook] }) > 0;
  const refused = me.error instanceof ApiError && me.error.status === 401;
  if (refused && !me.data) return <SignedOut />;
  if (me.data) {
    if (!choosing) adopt(me.data.theme_preference);  // what the account says of the choice before must not undo this one
    return (
      <>
        {children}
        <Restarts />
        {refused && !isLeaving() && (
          <Suspense>
            <SignInAgain who={me.data} />
          </Suspense>
        )}
      </>
    );
  }
  if (me.error) return <main className="page">{<Failure error={me.error} retry={() => void me.refetch()} />}</main>;
  return <Opening />;
}

// The empty frame, so that nothing moves when the person is known.
function Opening() {
  return (
    <div className="frame late" role="status" aria-label={words.loading}>
      <div className="topbar">
        <span className="topbar-mark">
          <Mark />
        </span>
      </div>
      <div className="rail" />
      <div className="frame-main" />
    </div>
  );
}

let adopted = false;
function adopt(preference: string | undefined): void {
  if (adopted) return;
  adopted = true;
  const look = fromAccount(preference);
  if (look && !localStorage.getItem("slipway-theme")) queueMicrotask(() => wear(look));
}

function SignedOut() {
  const first = useQuery(hasFirstUser);
  // Where one wanted to go, before the way to the sign-in page itself becomes the place.
  const [here] = useState(() => window.location.pathname + window.location.search + window.location.hash);
  if (first.error) return <main className="page">{<Failure error={first.error} retry={() => void first.refetch()} />}</main>;
  if (first.data === undefined) return null;
  if (!first.data) return <Go to="/setup" />;
  return <Go to={here === "/" || here === "/workspaces" ? "/login" : `/login?${new URLSearchParams({ redirect: here })}`} />;
}
