// A running workspace holds a token of its owner's, under a name that starts with the workspace's id.
import type { APIKeyWithOwner } from "@gen";

const kIdLength = 36;

export const isOfWorkspace = (key: Pick<APIKeyWithOwner, "token_name">): boolean => /^[0-9a-f-]{36}_session_token$/.test(key.token_name);
export const workspaceOf = (key: Pick<APIKeyWithOwner, "token_name">): string => key.token_name.slice(0, kIdLength);
