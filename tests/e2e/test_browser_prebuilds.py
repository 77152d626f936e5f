"""Pools of prebuilt workspaces and what a workspace costs, in a real browser, with the real OpenTofu and a real agent."""

import re

import pytest
from playwright.sync_api import expect

from conftest import ROOT, until
from test_people import COSTLY

HOST = (ROOT / "examples/templates/host/main.tf").read_text()
POOLED = HOST.replace('  default     = true\n', '  default     = true\n  prebuilds {\n    instances = 1\n  }\n', 1)
BUILD = 180_000


def pools(owner, template):
    return owner.get(f"/templates/{template['id']}/prebuilds/status")["pools"]


def members(owner):
    return [w["id"] for w in owner.get("/workspaces?q=owner:prebuilds")["workspaces"]]


@pytest.fixture(scope="module")
def pooled(owner):
    """A template that keeps one workspace ready; when it is gone, so is what it kept."""
    version = owner.version(POOLED)
    owner.import_ended(version)
    template = owner.template_of(version, "pooled")
    until("a full pool", lambda: [p for p in pools(owner, template) if p["counts"]["eligible"] == 1], 180)
    yield template
    owner.http.delete(f"/api/v2/templates/{template['id']}").raise_for_status()
    until("an empty pool", lambda: not members(owner), 180)


def test_a_full_pool_says_so_and_its_preset_is_ready_in_a_second(visitor, pooled):
    page = visitor.go("/templates/default/pooled")
    page.get_by_role("tab", name="Prebuilds").click()
    pool = page.get_by_role("listitem").filter(has_text="Standard")
    expect(pool).to_contain_text("1 of 1 ready")
    expect(pool).to_contain_text("Full")
    visitor.look("pools", still=False)

    page.get_by_role("link", name="Create workspace").click()
    waiting = page.locator(".preset").filter(has_text="Standard")
    expect(waiting).to_contain_text("Ready in a second")
    expect(page.locator(".preset").filter(has_text="Quiet")).not_to_contain_text("Ready in a second")
    visitor.well()


def test_what_waits_is_renewed(visitor, owner, pooled):
    before = set(members(owner))
    page = visitor.go("/templates/default/pooled?tab=prebuilds")
    page.get_by_role("button", name="Renew all").click()
    dialog = page.get_by_role("dialog", name="Build all waiting workspaces anew?")
    dialog.get_by_role("button", name="Renew all").click()
    expect(page.get_by_text("1 pool is built anew")).to_be_visible()
    until("another workspace in its place", lambda: [m for m in members(owner) if m not in before], 180)
    expect(page.get_by_role("listitem").filter(has_text="Standard")).to_contain_text("1 of 1 ready", timeout=BUILD)
    visitor.well()


def test_pools_are_paused_and_go_on(visitor, owner, pooled):
    page = visitor.page
    page.get_by_role("link", name="Prebuilds").click()
    expect(page.get_by_role("heading", level=1, name="Prebuilds")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="pooled")).to_be_visible()
    page.get_by_role("button", name="Pause all").click()
    page.get_by_role("dialog", name="Pause the pools of all templates?").get_by_role("button", name="Pause all").click()
    expect(page.get_by_text("Pools are paused. What waits can still be taken")).to_be_visible()
    assert owner.get("/prebuilds/settings") == {"reconciliation_paused": True}
    visitor.look("prebuilds-paused", still=False)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause all")).to_be_visible()
    assert owner.get("/prebuilds/settings") == {"reconciliation_paused": False}
    visitor.well()


def test_what_a_workspace_costs_is_said_before_it_is_built(visitor, owner):
    everyone = owner.get("/organizations")[0]["id"]
    before = owner.get(f"/groups/{everyone}")["quota_allowance"]
    owner.cli("groups", "edit", "Everyone", "--quota-allowance", "5")
    version = owner.version(COSTLY)
    owner.import_ended(version)
    owner.template_of(version, "dear")

    page = visitor.go("/templates/default/dear/workspace")

    expect(page.get_by_text("Costs 10 credits a day")).to_be_visible()
    expect(page.get_by_text("0 of 5 credits a day spent, 5 left")).to_be_visible()
    expect(page.get_by_text(re.compile("more than is left"))).to_be_visible()
    visitor.well()
    owner.cli("groups", "edit", "Everyone", "--quota-allowance", str(before))
