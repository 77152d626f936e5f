"""A throwaway PostgreSQL for tools: initdb in a temporary folder, Unix socket only, gone when the block ends."""

import contextlib
import glob
import os
import pwd
import shutil
import subprocess
import tempfile


def _newest_bin():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    if not found:
        raise SystemExit("PostgreSQL is not installed: run ./dev setup")
    return found[-1]


@contextlib.contextmanager
def throwaway():
    """Yields a libpq connection string. PostgreSQL refuses root, so root drops to the user postgres."""
    folder = tempfile.mkdtemp(prefix="slipway-sql-")
    prefix = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    bin_dir, data = _newest_bin(), os.path.join(folder, "data")
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    try:
        subprocess.run(prefix + [f"{bin_dir}/initdb", "-D", data, "-U", user, "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
                       check=True, **quiet)
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c shared_buffers=32MB"
        subprocess.run(prefix + [f"{bin_dir}/pg_ctl", "-D", data, "-w", "-o", options, "start"], check=True, **quiet)
        try:
            yield f"host={folder} user={user} dbname=postgres"
        finally:
            subprocess.run(prefix + [f"{bin_dir}/pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrate(connection, migrations):
    """Applies every migration of the folder, in order."""
    for path in sorted(glob.glob(os.path.join(migrations, "*.sql"))):
        with open(path, encoding="utf-8") as f:
            connection.execute(f.read())
