"""Plain `pulumi up` in a checkout declares the same deployment."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest
import yaml

from binder_deploy.charts.resolve import Resolved, stand_in
from binder_deploy.settings.errors import SettingsError
from binder_deploy.settings.load import parse
from binder_deploy.settings.surroundings import Surroundings
from binder_deploy.stacks import engine, main, program
from binder_deploy.stacks.existing import There

ROOT = Path(__file__).parents[2]
BINDER = """
version: 1
name: campus
tags: { owner: research-it }
platform: { kind: gke, project: campus-binder, region: europe-west1, zone: europe-west1-b }
address: { domain: campus.example.org }
tls: { email: it@campus.example.org }
charts: { binder-service: { extra_config: { ours: extra.py } } }
"""


def test_the_project_file_names_this_program_and_our_configuration():
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert project["name"] == engine.PROJECT == program.NAMESPACE
    assert (ROOT / project["main"]).read_text() == Path(main.__file__).read_text()


def test_settings_charts_and_extra_configuration_reach_the_program(tmp_path, monkeypatch: pytest.MonkeyPatch):
    folder, checkout = tmp_path / "deployment", tmp_path / "checkout"
    for path in (folder, checkout):
        path.mkdir()
    (folder / "binder.yaml").write_text(BINDER)
    (folder / "extra.py").write_text("c.BinderHub.about_message = 'hello'")
    archives = {name: stand_in(name) for name in ("binderhub", "traefik", "cert-manager")}
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(main, "resolve", lambda **question: asked.append(question) or Resolved("b", archives, (), ()))
    declared: list[tuple] = []
    monkeypatch.setattr(main, "program", lambda *args, there: declared.append((*args, there)))
    monkeypatch.setenv("BINDER_DEPLOY_FILE", str(folder / "binder.yaml"))
    (checkout / "stacks").mkdir()
    monkeypatch.chdir(checkout / "stacks")  # the engine starts a program, and its plugins, in the program's folder

    main.main(checkout)

    ((settings, charts, extra_config, there),) = declared
    assert settings.name == "campus" and there is None
    assert extra_config == {"ours": "c.BinderHub.about_message = 'hello'"}
    for chart in (charts.binder_service, charts.traefik, charts.cert_manager):
        assert not Path(chart.path).is_absolute()
        assert (checkout / "stacks" / chart.path).exists()
        assert (checkout / ".binder-deploy") in (checkout / "stacks" / chart.path).resolve().parents
    assert asked[0]["lock_file"] == folder / "binder.lock.yaml"
    assert asked[0]["allow_stand_ins"] is False


EXISTING = """
version: 1
name: campus
tags: { owner: research-it }
platform: { kind: existing, context: lab }
registry: { kind: ghcr, namespace: campus, push: { username: bot, password: "env:PUSH" } }
address: { domain: campus.example.org }
tls: { email: it@campus.example.org }
"""


def test_a_cluster_that_nobody_looked_at_is_not_deployed_into(tmp_path, monkeypatch: pytest.MonkeyPatch):
    found = Surroundings(cluster="uid", ingress_class="nginx", cert_manager=True, storage_class="fast")
    settings = parse(EXISTING)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"platform\.kind: existing"):
        main._there(settings, tmp_path)
    pulumi.runtime.set_all_config({"binder-deploy:surroundings": found.text()})
    try:
        (tmp_path / ".binder-deploy" / "kubeconfig").touch()
        assert main._there(settings, tmp_path) == There(found, ".binder-deploy/kubeconfig")
    finally:
        pulumi.runtime.set_all_config({})
