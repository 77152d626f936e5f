"""A bare Debian 12 below a folder, and commands in it: processes, mounts and accounts are its own, the network is the machine's."""

import pathlib
import shlex
import shutil
import subprocess
import sys

RELEASE = "bookworm"
OWN_CERTIFICATES = pathlib.Path("/usr/local/share/ca-certificates")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CCACHE = "/var/cache/firstrun/ccache"  # where commands in the root find the folder that they share

# The first process of namespaces of their own, which take the mounts away with them. The folder becomes their root altogether: within
# a mere chroot nobody may make user namespaces. The shell stays, and adopts whatever the command leaves behind.
ENTER = f"""
root=$1 ccache=$2
shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount --bind "$ccache" "$root{CCACHE}"
mkdir -p "$root/.outside"
cd "$root"
pivot_root . .outside
exec chroot . /bin/sh -euc "$0" enter "$@"
"""
WITHIN = """
trap : INT  # is the command's
umount -l /.outside
[ -z "$1" ] || sh -euc "$1"
shift
"$@"
exit $?
"""


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def sources():
    """(address, suite, component) of what this machine takes Debian's packages from."""
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)", "Identifier: Packages"],
                          capture_output=True, text=True, check=True)
    found = [tuple(line.split()[:3]) for line in told.stdout.splitlines() if line.endswith(" Debian") and line.split()[1].startswith(RELEASE)]
    if not any(suite == RELEASE for _, suite, _ in found):
        raise SystemExit(f"firstrun: this machine has no packages of Debian 12 ({RELEASE}) in its apt sources; run apt-get update first")
    return found


class Root:
    """The file system. What is needed to reach package hosts (apt, name servers, certificates) is as on the machine; nothing else is."""

    def __init__(self, folder, ccache):
        self.path, self.ccache = pathlib.Path(folder), pathlib.Path(ccache)
        self.ccache.mkdir(parents=True, exist_ok=True)
        self.variables = {}
        if any(OWN_CERTIFICATES.glob("*.crt")):  # pip and npm bring certificates of their own
            self.variables = {"PIP_CERT": BUNDLE, "NODE_EXTRA_CA_CERTS": BUNDLE}

    def make(self):
        """Packages of the smallest Debian, git and certificates."""
        mirror = next(address for address, suite, _ in sources() if suite == RELEASE)
        command = ["debootstrap", "--variant=minbase", "--include=git,ca-certificates", RELEASE, str(self.path), mirror]
        subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", *command], check=True, stdout=sys.stderr)
        (self.path / "etc/apt/sources.list").write_text("".join(f"deb {address} {suite} {component}\n" for address, suite, component in sources()))
        settings = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
        (self.path / "etc/apt/apt.conf.d/90machine").write_text(settings)
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        shutil.copytree(OWN_CERTIFICATES, self.path / str(OWN_CERTIFICATES)[1:], dirs_exist_ok=True)
        (self.path / CCACHE[1:]).mkdir(parents=True)
        self.run("update-ca-certificates >/dev/null 2>&1")

    def start(self, command, prepare="", **how):
        """Gives the process outside, which ends as the command does, and everything else with it."""
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", ENTER, WITHIN, str(self.path), str(self.ccache), prepare]
        return subprocess.Popen([*enter, *command], cwd="/", stdin=subprocess.DEVNULL, **how)

    def run(self, script, account="root", umask="022", words=(), **how):
        done = self.start(self.command(["sh", "-euc", script, "sh", *words], account, umask=umask), **how).wait()
        if done != 0:
            raise RuntimeError(f"{script!r} ended with {done}")

    def command(self, words, account="root", folder="/", variables=None, umask="022"):
        """What runs the words as an account would from its shell, with these variables changed; None takes one away."""
        env = {"HOME": self.home(account), "USER": account, "LOGNAME": account, "SHELL": "/bin/bash", "TERM": "xterm",
               "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **self.variables, **(variables or {})}
        become = ["setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups"] if account != "root" else []
        shell = ["sh", "-euc", f"umask {umask}; cd {shlex.quote(folder)}; exec \"$@\"", "sh"]
        return [*become, *shell, "env", "-i", *(f"{name}={value}" for name, value in env.items() if value is not None), *words]

    def home(self, account):
        for line in (self.path / "etc/passwd").read_text().splitlines():
            if line.startswith(account + ":"):
                return line.split(":")[5]
        raise KeyError(account)

    def add_account(self, name, home):
        kept = "--no-create-home" if home == "/nonexistent" else "--create-home"
        self.run(f"id {name} >/dev/null 2>&1 || useradd --shell /bin/bash --home-dir {home} {kept} {name}")
