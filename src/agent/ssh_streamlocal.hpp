// Unix sockets over SSH (OpenSSH's "streamlocal" extension, PROTOCOL 2.4 of OpenSSH), which libssh 0.10 does not know. What
// comes in is rewritten, before libssh reads it, into the request for a port that is its likeness, with the path as the
// name of a host; what goes out is a channel of another kind whose fields are the same, renamed on its way. For that libssh
// is linked from its archive: the two functions in the middle are in no header. home: own thread.
#pragma once

#include <libssh/libssh.h>

#include <optional>
#include <string>
#include <string_view>

namespace slipway::agent {

// To be called before the session's key exchange.
void take_in_streamlocal(ssh_session session);

// The path that such a "host" stands for; nothing for a real one.
std::optional<std::string> socket_path_of(std::string_view host);

// One try of opening a "forwarded-streamlocal" channel towards the client: SSH_OK, SSH_AGAIN or SSH_ERROR.
int open_forwarded_socket(ssh_channel channel, const std::string& path);

}  // namespace slipway::agent
