"""The questions as data: each can be answered in three ways, and leads to settings that exist."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
from pydantic import BaseModel

from binder_deploy.cli.app import app
from binder_deploy.cli.wizard.answers import Answer, Origin, values, walk, with_defaults
from binder_deploy.cli.wizard.detect import detect
from binder_deploy.cli.wizard.document import document, settings_of
from binder_deploy.cli.wizard.judge import judge_all
from binder_deploy.cli.wizard.question import Kind, Question
from binder_deploy.cli.wizard.questions import BY_NAME, QUESTIONS
from binder_deploy.cli.wizard.write import text_of
from binder_deploy.settings.model import Settings


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models(inner)


@cache
def commands() -> Any:
    """Made once: it takes a while, and every question asks."""
    return typer.main.get_command(app)


def exists(path: str) -> bool:
    owners: list[type[BaseModel]] = [Settings]
    *sections, last = path.split(".")
    for section in sections:
        if section == "tags":
            return True
        owners = [m for o in owners if section in o.model_fields for m in models(o.model_fields[section].annotation)]
    return any(last in owner.model_fields for owner in owners)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_each_question_has_a_setting_a_flag_and_a_variable(question: Question) -> None:
    assert exists(question.path)
    for command in ("init", "up"):
        options = commands().commands[command].params
        (option,) = [o for o in options if question.flag in o.opts]
        assert option.envvar == question.variable
        assert question.path in option.help


def test_no_variable_means_two_things() -> None:
    others = set()

    def gather(command: Any) -> None:
        for option in command.params:
            if option.envvar and option.name not in {q.parameter for q in QUESTIONS}:
                others.add(option.envvar)
        for sub in getattr(command, "commands", {}).values():
            gather(sub)

    gather(commands())
    variables = [question.variable for question in QUESTIONS]
    assert len(set(variables)) == len(variables)
    assert not others & set(variables)
    # `down` takes its last question's answer from there: an answer for the wizard must never be one.
    assert "BINDER_DEPLOY_NAME" not in variables


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_each_question_explains_itself_in_a_line(question: Question) -> None:
    assert question.title
    assert question.why.endswith((".", "?"))
    assert len(question.why) <= 100
    assert (question.kind is Kind.CHOICE) == bool(question.options({"platform": "gke"}))


CHOICES = [
    {"platform": platform, "address": address, "access": access, "registry": registry, "use": use}
    for (platform, address, access), registry, use in zip(
        itertools.product(("gke", "eks", "existing"), ("domain", "ip"), ("open", "github", "google", "oidc")),
        itertools.cycle(("ghcr", "harbor", "")),
        itertools.cycle(("permanent", "workshop", "workshop", "permanent", "workshop")),
        strict=False,
    )
]


@pytest.mark.parametrize("chosen", CHOICES, ids=lambda chosen: "-".join(filter(None, chosen.values())))
def test_samples_are_whole_settings_whatever_was_chosen(chosen: dict[str, str]) -> None:
    given: dict[str, str] = {}
    for question in QUESTIONS:
        if question.when(given):
            given[question.name] = chosen.get(question.name) or question.sample(given) or question.default(given)
    settings = settings_of(document(given))
    assert settings.platform.kind == chosen["platform"]


@pytest.mark.parametrize(
    ("platform", "dns"),
    [
        ("gke", "cloud-dns"),
        ("eks", "route53"),
        ("gke", "cloudflare"),
        ("existing", "cloudflare"),
        ("existing", "manual"),
    ],
)
def test_each_keeper_of_a_zone_makes_whole_settings(platform: str, dns: str) -> None:
    chosen = {"platform": platform, "address": "domain", "dns": dns}
    given: dict[str, str] = {}
    for question in QUESTIONS:
        if question.when(given):
            given[question.name] = chosen.get(question.name) or question.sample(given) or question.default(given)
    address = settings_of(document(given)).address
    assert address.dns is not None
    assert address.dns.kind == dns
    assert dns in [option.value for option in BY_NAME["dns"].options(given)]
    text = text_of({name: Answer(value, Origin.FLAG) for name, value in given.items() if value})
    assert ("as the overview page" in text) == (dns == "cloudflare")
    assert ("Id of the zone at Route 53" in text) == (dns == "route53")


@pytest.mark.parametrize("platform", ["gke", "eks", "existing"])
def test_only_keepers_are_offered_that_the_settings_allow(platform: str) -> None:
    for option in BY_NAME["dns"].options({"platform": platform}):
        given: dict[str, str] = {}
        for question in QUESTIONS:
            if question.when(given):
                chosen = {"platform": platform, "address": "domain", "dns": option.value}
                given[question.name] = chosen.get(question.name) or question.sample(given) or question.default(given)
        settings_of(document(given))


def test_no_setting_of_an_answer_is_lost() -> None:
    given: dict[str, str] = {}
    for question in QUESTIONS:
        if question.when(given):
            given[question.name] = question.sample(given) or question.default(given) or ""
    data = document(given)
    for question in QUESTIONS:
        if given.get(question.name) and question.name != "use":
            found: Any = data
            for part in question.path.split("."):
                found = found[part]
            assert found


def test_the_pool_of_user_nodes_holds_so_many_people() -> None:
    answers = {q.name: Answer(q.sample({}), Origin.FLAG) for q in QUESTIONS if q.sample({})}
    answers |= {"platform": Answer("gke", Origin.FLAG), "address": Answer("ip", Origin.FLAG)}
    answers["region"], answers["zone"] = Answer("europe-west1", Origin.FLAG), Answer("europe-west1-b", Origin.FLAG)
    for people, nodes in (("1", 1), ("27", 1), ("28", 2), ("200", 8)):
        found = with_defaults(answers | {"people": Answer(people, Origin.FLAG)})
        assert document(values(found))["platform"]["pools"]["user"]["max"] == nodes


def test_a_machine_that_is_too_small_for_one_server_is_refused() -> None:
    answers = {q.name: Answer(q.sample({}), Origin.FLAG) for q in QUESTIONS if q.sample({})}
    answers |= {"platform": Answer("gke", Origin.FLAG), "address": Answer("ip", Origin.FLAG)}
    answers["region"], answers["zone"] = Answer("europe-west1", Origin.FLAG), Answer("europe-west1-b", Origin.FLAG)
    answers["machine"] = Answer("e2-micro", Origin.FLAG)
    (problem,) = judge_all(with_defaults(answers), Path()).errors
    assert problem.path == "platform.pools.user.machine"


def test_what_does_not_apply_any_more_is_no_answer() -> None:
    answers = {name: Answer(value, Origin.ASKED) for name, value in (("platform", "eks"), ("project", "demo-project"))}
    assert values(answers) == {"platform": "eks", "registry": "ecr"} | {
        question.name: answer.value for question, answer in walk(answers) if answer and answer.origin is Origin.DEFAULT
    }


def test_what_the_machine_suggests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_ACTIVE_CONFIG_NAME", "AWS_REGION",
                 "AWS_DEFAULT_REGION", "CLOUDSDK_COMPUTE_ZONE", "CLOUDSDK_COMPUTE_REGION"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    gcloud = tmp_path / "gcloud"
    (gcloud / "configurations").mkdir(parents=True)
    (gcloud / "active_config").write_text("work\n")
    (gcloud / "configurations" / "config_work").write_text(
        "[core]\nproject = campus-prod\n[compute]\nregion = europe-west4\nzone = europe-west4-c\n"
    )
    (tmp_path / "aws").write_text("[default]\nregion = eu-west-1\n[profile lab]\nregion = eu-north-1\n")
    (tmp_path / "git").write_text("[user]\n\temail = ada@example.org\n")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(gcloud))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "git"))
    monkeypatch.setenv("LOGNAME", "Ada Lovelace")
    folder = tmp_path / "2026 Summer School, Physics"
    gke, eks = {"platform": "gke"}, {"platform": "eks"}
    assert detect("project", gke, folder) == "campus-prod"
    assert detect("region", gke, folder) == "europe-west4"
    assert detect("zone", {**gke, "region": "europe-west4"}, folder) == "europe-west4-c"
    assert detect("zone", {**gke, "region": "us-east1"}, folder) == "us-east1-b"
    assert detect("region", eks, folder) == "eu-north-1"
    assert detect("owner", gke, folder) == "ada-lovelace"
    assert detect("email", gke, folder) == "ada@example.org"
    assert detect("deployment", gke, folder) == "summer-school-physic"
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "nowhere"))
    assert detect("project", gke, folder) == ""


def test_every_detector_and_every_list_that_is_named_exists() -> None:
    from binder_deploy.cli.wizard.offers import aws, google

    known = {*aws.LISTS, *google.LISTS, "contexts"}
    assert {q.offers for q in QUESTIONS if q.offers} == known
    for question in BY_NAME.values():
        detect(question.detected, {"platform": "gke"}, Path())
