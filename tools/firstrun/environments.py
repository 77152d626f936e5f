"""What a newcomer's shell, account and folder may be like. The first builds from nothing; the others take up what it left where they can."""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLOSED = "http://127.0.0.1:9"  # discard: nobody listens there


@dataclasses.dataclass
class Environment:
    name: str
    variables: dict = dataclasses.field(default_factory=dict)  # None takes one away
    umask: str = "022"
    account: str = "root"
    home: str = "/root"  # of the account
    checkout: str = "/root/slipway"
    prepare: str = ""  # a script of root's, in the namespaces of the run
    anew: str = ""  # paths below the checkout and the home that are removed first, so that they are made here


def every_setting():
    """The variable of each setting, under both of its names."""
    names = set(re.findall(r"\bSLIPWAY_[A-Z0-9_]+", (ROOT / "docs/guide/configuration.md").read_text()))
    names |= {"SLIPWAY_URL", "SLIPWAY_SESSION_TOKEN", "SLIPWAY_DATA_DIR"}
    return sorted(names | {name.replace("SLIPWAY_", "CODER_", 1) for name in names})


WEB = "web/dist web/node_modules"
PYTHON = ".cache/slipway/tools/venv"
CONFIGURED = "build/build.ninja build/CMakeCache.txt build/CMakeFiles"
TOFU = ".cache/slipway/tools/bin .cache/slipway/tools/tofu.stamp"

ALL = [
    Environment("a bare machine"),
    Environment("TF_CLI_CONFIG_FILE names no file", {"TF_CLI_CONFIG_FILE": "/nonexistent/tofurc"}),
    Environment("TF_* steer elsewhere",
                {"TF_DATA_DIR": "/proc/nowhere", "TF_PLUGIN_CACHE_DIR": "/nonexistent", "TF_CLI_ARGS": "-nonsense", "TF_CLI_ARGS_init": "-nonsense",
                 "TF_WORKSPACE": "other", "TF_LOG": "trace", "TF_VAR_project": "x", "TF_REGISTRY_DISCOVERY_RETRY": "x"}),
    Environment("proxies that are not there", {name: CLOSED for name in ("http_proxy", "https_proxy", "all_proxy")}
                | {name: CLOSED for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}),
    Environment("a locale and a time zone that do not exist", {"LANG": "xx_YY.UTF-8", "LC_ALL": "xx_YY.ISO-8859-1", "LANGUAGE": "xx", "TZ": "Nowhere/Nothing"}),
    Environment("umask 077", umask="077", anew=f"{WEB} {PYTHON}", checkout="/root/narrow"),
    Environment("umask 0000", umask="0000", anew=f"{WEB} {PYTHON}", checkout="/root/wide"),
    Environment("no HOME", {"HOME": None, "USER": None, "LOGNAME": None, "SHELL": None, "TERM": None}),
    Environment("a HOME that is missing", {"HOME": "/nonexistent/home"}),
    Environment("a HOME that is read-only", {"HOME": "/srv/read-only"}, prepare="mkdir -p /srv/read-only; mount -t tmpfs -o ro none /srv/read-only"),
    Environment("CDPATH, Python, pip and Node.js led astray",
                {"CDPATH": "/:/usr:/root", "PYTHONPATH": "/nonexistent", "PYTHONHOME": "/nonexistent", "PYTHONSAFEPATH": "1", "PIP_USER": "1",
                 "PIP_TARGET": "/nonexistent", "PIP_REQUIRE_VIRTUALENV": "1", "NODE_ENV": "production", "NODE_OPTIONS": "--require /nonexistent.js",
                 "NODE_PATH": "/nonexistent", "npm_config_omit": "dev", "npm_config_prefix": "/nonexistent", "npm_config_ignore_scripts": "true"},
                anew=f"{WEB} {PYTHON}"),
    Environment("compilers and Go led astray",
                {"CC": "false", "CXX": "false", "CFLAGS": "-nonsense", "CXXFLAGS": "-nonsense", "LDFLAGS": "-nonsense", "CPATH": "/nonexistent",
                 "CMAKE_GENERATOR": "Unix Makefiles", "CMAKE_TOOLCHAIN_FILE": "/nonexistent.cmake", "CMAKE_BUILD_TYPE": "Debug", "MAKEFLAGS": "-j99",
                 "GOFLAGS": "-nonsense", "GOOS": "plan9", "GOARCH": "arm", "GOROOT": "/nonexistent", "GOBIN": "/nonexistent", "GO111MODULE": "off",
                 "GOWORK": "/nonexistent/go.work", "GOTOOLCHAIN": "go1.1"}, anew=f"{CONFIGURED} {TOFU}"),
    Environment("PATH is /usr/bin:/bin", {"PATH": "/usr/bin:/bin"}),
    Environment("every setting's variable is empty", {name: "" for name in every_setting()}),
    Environment("a TMPDIR that is missing", {name: "/nonexistent/folder" for name in ("TMPDIR", "TMP", "TEMP", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")}),
    Environment("IFS, BASH_ENV, SHELLOPTS and POSIXLY_CORRECT set",
                {"IFS": "/", "BASH_ENV": "/srv/bash_env", "ENV": "/srv/bash_env", "SHELLOPTS": "noglob:noclobber", "POSIXLY_CORRECT": "1",
                 "BASH_FUNC_find%%": "() { echo no; }"}, anew="web/dist",
                prepare="printf '%s\\n' 'echo hello' 'alias grep=false' 'cd() { builtin cd /; }' 'set -o noclobber' > /srv/bash_env"),
    Environment("an account without sudo, in a folder with blanks and other letters", account="newcomer", home="/home/newcomer",
                checkout="/home/newcomer/Neue Wörkspaces 船/slip  way"),
    Environment("an account without a home", account="homeless", home="/nonexistent", checkout="/srv/homeless/slipway"),
]
