// What a process holds in its memory and its environment is its own.
#pragma once

namespace slipway {

// From here on nobody but root can trace this process or read its memory, environment and descriptors in /proc, whoever runs under the
// same account, and it leaves no core files; nor do its children. For programs that hold other people's secrets.
void keep_memory_private();

}  // namespace slipway
