import { Link, type LinkProps } from "@tanstack/react-router";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Icon, type IconName } from "./Icon";

type Kind = "main" | "plain" | "quiet" | "danger";
type Size = "normal" | "small" | "icon";
type Look = { kind?: Kind; size?: Size; icon?: IconName };

type ButtonProps = Look & ButtonHTMLAttributes<HTMLButtonElement> & { busy?: boolean; children?: ReactNode; ref?: Ref<HTMLButtonElement> };

export function Button({ kind = "plain", size = "normal", icon, busy = false, disabled, children, className, type = "button", ...rest }: ButtonProps) {
  return (
    <button className={className ? `btn ${className}` : "btn"} data-kind={kind} data-size={size} type={type} disabled={disabled || busy} aria-busy={busy || undefined} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

// A button that shows only a picture: the label is what it is called.
export function IconButton({ label, icon, kind = "quiet", ...rest }: { label: string; icon: IconName; kind?: Kind } & Omit<ButtonProps, "children" | "icon" | "size">) {
  return <Button aria-label={label} title={label} icon={icon} kind={kind} size="icon" {...rest} />;
}

export function LinkButton({ kind = "plain", size = "normal", icon, children, ...to }: Look & LinkProps & { children?: ReactNode; "aria-label"?: string }) {
  return (
    <Link className="btn" data-kind={kind} data-size={size} {...(to as LinkProps)}>
      {icon && <Icon name={icon} />}
      {children as ReactNode}
    </Link>
  );
}
