"""Where it runs, what it is called, and who answers for it."""

from __future__ import annotations

from binder_deploy.cli.wizard.question import Given, Kind, Option, Question
from binder_deploy.cli.wizard.questions.said import EKS, EXISTING, GKE, always, by, one_of, options


def _zone(given: Given) -> str:
    region = given.get("region", "")
    return f"{region}-b" if given.get("platform") == GKE else f"{region}a"


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="platform",
        path="platform.kind",
        title="Where it runs",
        why="A new cluster at a cloud, or one that is there already.",
        kind=Kind.CHOICE,
        options=options(
            Option(GKE, "Google Kubernetes Engine, made for you"),
            Option(EKS, "Amazon EKS, made for you"),
            Option(EXISTING, "a Kubernetes cluster that you have"),
        ),
        sample=always(GKE),
    ),
    Question(
        name="project",
        path="platform.project",
        title="Google Cloud project",
        why="Its id. Everything is made and billed there.",
        when=one_of("platform", GKE),
        offers="projects",
        detected="project",
        sample=always("some-project"),
    ),
    Question(
        name="account",
        path="platform.account",
        title="AWS account",
        why="Its number, twelve digits. Everything is made and billed there.",
        when=one_of("platform", EKS),
        offers="accounts",
        sample=always("123456789012"),
    ),
    Question(
        name="region",
        path="platform.region",
        title="Region",
        why="Where everything lives: close to the people, and as their data protection wants it.",
        when=one_of("platform", GKE, EKS),
        offers="regions",
        detected="region",
        sample=by("platform", gke="europe-west1", eks="eu-central-1"),
    ),
    Question(
        name="zone",
        path="platform.zone",
        title="Zone",
        why="The nodes run in one zone of the region, because disks are bound to one.",
        when=one_of("platform", GKE, EKS),
        offers="zones",
        detected="zone",
        sample=_zone,
    ),
    Question(
        name="context",
        path="platform.context",
        title="Kubeconfig context",
        why="Which of the clusters in your kubeconfig.",
        when=one_of("platform", EXISTING),
        offers="contexts",
        detected="context",
        sample=always("context"),
    ),
    Question(
        name="kubeconfig",
        path="platform.kubeconfig",
        title="Kubeconfig file",
        why="Empty: $KUBECONFIG, or ~/.kube/config.",
        when=one_of("platform", EXISTING),
        rare=one_of("platform", EXISTING),
        optional=True,
    ),
    Question(
        name="deployment",
        path="name",
        title="Name of the deployment",
        why="Every name at the cloud begins with it. It cannot be changed later.",
        detected="deployment",
        sample=always("binder"),
    ),
    Question(
        name="owner",
        path="tags.owner",
        title="Owner",
        why="Who answers for the bill; a label on everything that is made. Lower case, digits, - and _.",
        detected="owner",
        sample=always("owner"),
    ),
)
