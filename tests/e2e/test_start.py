"""How slipwayd starts, or says why it does not, on machines that are not quite as they should be."""

import subprocess

from conftest import until
from test_replicas import owner_database


def refused(server, *flags):
    """Runs to its end; exit status and what it said."""
    done = subprocess.run([*server.command(), *flags], capture_output=True, text=True, env=server.environment(), timeout=60)
    return done.returncode, done.stderr


def test_an_access_url_that_nobody_could_open_is_refused(fresh):
    status, said = refused(fresh(start=False), "--access-url", "nonsense")

    assert status == 2
    assert '--access-url "nonsense" is not an address' in said


def test_a_postgresql_that_does_not_come_up_ends_the_wait_and_one_that_refuses_ends_it_at_once(fresh):
    server = fresh(start=False)

    status, said = refused(server, "--postgres-url", f"postgresql://a:b@/c?host={server.folder}", "--postgres-wait", "1s")
    wrong, why = refused(server, "--postgres-url", "hots=db", "--postgres-wait", "1h")
    nonsense, what = refused(server, "--postgres-url", "nonsense")

    assert status == 75
    assert "PostgreSQL did not come up within 1 seconds" in said and "--postgres-wait" in said
    assert "waiting for PostgreSQL" in said
    assert wrong == 1 and "Check --postgres-url" in why
    assert nonsense == 2 and "--postgres-url is no address of a PostgreSQL" in what


def test_a_postgresql_that_comes_up_later_is_waited_for(fresh):
    keeper = fresh()
    database = owner_database(keeper)
    keeper.stop()
    late = fresh("--postgres-url", database, start=False, data="late")
    process = subprocess.Popen(late.command(), stdout=subprocess.PIPE, stderr=open(late.log, "a"), env=late.environment(), text=True)
    try:
        until("the wait", lambda: "waiting for PostgreSQL" in late.log.read_text())
        keeper.start()
        assert any("ready: http" in line for line in process.stdout)
    finally:
        process.terminate()
        assert process.wait(60) == 0, late.log.read_text()[-3000:]


def test_what_was_found_is_said_once(fresh):
    server = fresh()

    said = server.log.read_text()

    assert "templates are built with OpenTofu" in said
    assert "the provider coder/coder is taken from" in said
    assert "TF_CLI_CONFIG_FILE names a file that does not exist or cannot be read; ignoring it" in said
