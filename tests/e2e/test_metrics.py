"""What the server counts, as Prometheus itself reads it."""

import json
import subprocess
import urllib.parse
import urllib.request

import pytest

from conftest import free_port, until

OURS = ("coderd_prebuilt_", "coderd_workspace_creation_", "slipway_")


@pytest.fixture()
def scraped(fresh):
    """A server, and where its numbers are."""
    port = free_port()
    fresh("--prometheus-address", f"127.0.0.1:{port}")
    return f"127.0.0.1:{port}"


def numbers(address):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as answer:
        return answer.read().decode()


def test_promtool_finds_no_fault_in_what_is_ours(scraped):
    text = until("the first reading of the pools", lambda: (lambda t: t if "coderd_prebuilt_workspaces_created_total" in t else None)(numbers(scraped)))

    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)

    assert done.returncode in (0, 3), done.stderr  # 3: it would name something otherwise; some names are those of existing dashboards
    assert not [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(OURS)], done.stderr


def test_a_real_prometheus_scrapes_the_pools(scraped, tmp_path):
    (tmp_path / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "slipway", "static_configs": [{"targets": [scraped]}]}],
    }))
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address={address}"]

    def value(query):
        """Of the one series that the query finds; None while there is none."""
        try:
            with urllib.request.urlopen(f"http://{address}/api/v1/query?query={urllib.parse.quote(query)}", timeout=10) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return float(found[0]["value"][1]) if found else None

    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as prometheus:
        try:
            until("a scrape", lambda: value('up{job="slipway"}') == 1)
            until("the time of the pools' numbers", lambda: (value("coderd_prebuilt_workspaces_metrics_last_updated") or 0) > 0)
            assert value("coderd_prebuilt_workspaces_reconciliation_paused") == 0
        finally:
            prometheus.terminate()
