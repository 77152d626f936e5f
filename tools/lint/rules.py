"""What tools/lint checks, as data. A layer's line here equals its DEPS in CMakeLists.txt, with what those bring along."""

PURE = {"base"}
LAYERS = {
    "base": set(),
    "formats": PURE,
    "aio": PURE,
    "crypto": {"aio", "base"},
    "net": {"aio", "base"},
    "identity": {"net", "crypto", "aio", "base"},
    "pg": {"aio", "base"},
    "rbac": PURE,
    "api": PURE,
    "store": {"pg", "rbac", "aio", "base"},
    "http": {"net", "store", "rbac", "api", "crypto", "pg", "aio", "base"},
    "tunnel": {"net", "aio", "crypto", "base"},
    "provisioner": {"api", "net", "aio", "crypto", "formats", "base"},
    "agent": {"tunnel", "api", "net", "aio", "crypto", "base"},
    "cli": {"identity", "tunnel", "api", "net", "aio", "crypto", "base"},
    "features": {"http", "store", "rbac", "api", "aio", "crypto", "tunnel", "provisioner", "formats", "identity", "net", "pg", "base"},
    "server": {"features", "identity", "http", "store", "rbac", "api", "tunnel", "provisioner", "net", "pg", "aio", "crypto", "formats", "base"},
    "bin": {"server", "cli", "agent", "aio", "base"},
}
# Files whose name says test may lean on tests/support as well.
SUPPORT = "support"

# library: (what its includes start with, path prefixes that may include it in shipped code, the same for tests)
HOMES = {
    "Boost.Beast": (("boost/beast",), ("src/net/",), ()),
    "c-ares": (("ares",), ("src/net/",), ()),
    "libcurl": (("curl/",), ("src/net/",), ()),
    "nghttp2": (("nghttp2/",), ("src/tunnel/", "src/net/"), ()),
    "libpq": (("libpq",), ("src/pg/",), ("tests/support/",)),
    "OpenSSL": (("openssl/",), ("src/crypto/", "src/net/"), ()),
    "libsodium": (("sodium",), ("src/crypto/",), ()),
    "libjose": (("jose/", "jansson"), ("src/crypto/",), ()),
    "libssh": (("libssh/",), ("src/agent/",), ()),
    "libarchive": (("archive.h", "archive_entry.h"), ("src/formats/", "src/cli/archive.cpp"), ("src/cli/cli_test.cpp",)),
    "re2": (("re2/",), ("src/formats/",), ()),
    "date": (("date/",), ("src/formats/",), ()),
    "yaml-cpp": (("yaml-cpp/",), ("src/formats/",), ()),
    "CLI11": (("CLI/",), ("src/cli/", "src/bin/"), ()),
    "spdlog": (("spdlog/",), ("src/base/log.cpp",), ()),
}

MOST_LINES = 500
