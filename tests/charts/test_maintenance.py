"""While maintenance is on nobody can launch, whatever else the values say; everything else stays as it was."""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.maintenance import closed

TEXT = "Back at 10:00 <soon> & sorry"


def values(**binderhub: Any) -> dict[str, Any]:
    config = {"LaunchQuota": {"total_quota": 60}, "BinderHub": {"per_repo_quota": 20, **binderhub}}
    return {"guardrails": {"maxPods": 160}, "binderhub": {"config": config, "replicas": 1}}


def test_nobody_can_launch_and_people_read_why() -> None:
    shut = closed(values(), TEXT)
    assert shut["binderhub"]["config"]["LaunchQuota"] == {"total_quota": 0}
    banner = shut["binderhub"]["config"]["BinderHub"]["banner_message"]
    assert banner == "<strong>Back at 10:00 &lt;soon&gt; &amp; sorry</strong>"


def test_the_usual_banner_and_all_else_stay() -> None:
    before = values(banner_message="<p>ours</p>")
    shut = closed(before, TEXT)
    assert shut["binderhub"]["config"]["BinderHub"]["banner_message"].endswith("<br><p>ours</p>")
    assert shut["binderhub"]["config"]["BinderHub"]["per_repo_quota"] == 20
    assert shut["guardrails"] == {"maxPods": 160}, "else the service's own pods could not come back"
    assert before == values(banner_message="<p>ours</p>")


def test_without_a_text_nothing_is_closed() -> None:
    assert closed(values(), "") == values()
