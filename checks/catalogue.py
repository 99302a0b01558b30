"""Every check there is, written out in the order of a deployment's life. An id is never used again."""

from __future__ import annotations

from binder_deploy.checks import facts as f
from binder_deploy.checks.model import Check, Phase
from binder_deploy.checks.rules import cluster, hub, ingress, pods, settings, sizes, storage, teardown, tls, tools

_SIZES = (f.SETTINGS, f.REQUESTS, f.CAPACITIES)

SETTINGS: tuple[Check, ...] = (
    Check("BD-SET-001", "One server fits a user node", Phase.SETTINGS, _SIZES, sizes.server_fits),
    Check("BD-SET-002", "A build fits a build node", Phase.SETTINGS, _SIZES, sizes.build_fits),
    Check("BD-SET-003", "The service fits the core pool", Phase.SETTINGS, _SIZES, sizes.core_fits),
    Check(
        "BD-SET-004",
        "The user pool holds as many servers as may run",
        Phase.SETTINGS,
        _SIZES,
        sizes.enough_for_everybody,
        blocks=False,
    ),
    Check(
        "BD-SET-005",
        "No memory guarantee is above its limit",
        Phase.SETTINGS,
        (f.SETTINGS,),
        sizes.guarantees_below_limits,
    ),
    Check("BD-SET-006", "Build nodes have disk enough", Phase.SETTINGS, (f.SETTINGS,), sizes.build_disk),
    Check(
        "BD-SET-007",
        "The storage class is one that the platform brings",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.storage_class_ships,
    ),
    Check(
        "BD-SET-008",
        "Certificates are ones that browsers trust",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.certificates_are_trusted,
        blocks=False,
    ),
    Check("BD-SET-009", "Both host names can get a certificate", Phase.SETTINGS, (f.SETTINGS,), settings.host_names),
    Check(
        "BD-SET-010",
        "Machine types are known",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.machines_are_known,
        blocks=False,
    ),
    Check(
        "BD-SET-011",
        "Idle servers end",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.idle_servers_end,
        blocks=False,
    ),
    Check(
        "BD-SET-012",
        "Nobody can take the whole service",
        Phase.SETTINGS,
        (f.SETTINGS,),
        settings.public_hub_is_bounded,
        blocks=False,
    ),
    Check(
        "BD-SET-013",
        "This BinderHub can push the way the settings say",
        Phase.SETTINGS,
        (f.SETTINGS, f.CHART_VERSIONS),
        settings.push_is_supported,
        blocks=False,
    ),
)

PREFLIGHT: tuple[Check, ...] = (
    Check("BD-TOOL-001", "Every tool is present", Phase.PREFLIGHT, (f.TOOLS,), tools.all_present),
    Check(
        "BD-TOOL-002",
        "The cloud's login helper is present",
        Phase.PREFLIGHT,
        (f.AUTH_HELPER,),
        tools.auth_helper_present,
    ),
)

CLUSTER: tuple[Check, ...] = (
    Check(
        "BD-CLU-001",
        "The cluster's version is one that the charts accept",
        Phase.CLUSTER,
        (f.KUBE_VERSION, f.CHART_KUBE_VERSIONS),
        cluster.version_accepted,
    ),
    Check(
        "BD-CLU-002",
        "Nothing of ours runs in a foreign namespace",
        Phase.CLUSTER,
        (f.SETTINGS, f.PODS),
        cluster.nothing_astray,
    ),
    Check(
        "BD-STO-001",
        "One storage class is the default, and it is not ours",
        Phase.CLUSTER,
        (f.SETTINGS, f.STORAGE_CLASSES),
        storage.one_default_class,
    ),
    Check(
        "BD-STO-002",
        "Every volume claim names a storage class that exists",
        Phase.CLUSTER,
        (f.STORAGE_CLASSES, f.CLAIMS),
        storage.claims_name_a_class,
        stops_waiting=True,
    ),
    Check(
        "BD-STO-003",
        "Every volume claim has its disk",
        Phase.CLUSTER,
        (f.CLAIM_PHASES,),
        storage.claims_bound,
    ),
    Check(
        "BD-POD-001",
        "No pod is too big for its pool",
        Phase.CLUSTER,
        (f.SETTINGS, f.PODS, f.NODES, f.CAPACITIES),
        pods.no_pod_is_too_big,
        stops_waiting=True,
    ),
    Check("BD-POD-002", "Every pod of the service has a node", Phase.CLUSTER, (f.PODS,), pods.every_pod_has_a_node),
    Check(
        "BD-POD-003",
        "Everything that pods refer to exists",
        Phase.CLUSTER,
        (f.WORKLOADS, f.REFERENTS),
        pods.references_exist,
    ),
    Check("BD-POD-004", "Everything is rolled out", Phase.CLUSTER, (f.ROLLOUTS,), pods.rolled_out),
)

INGRESS: tuple[Check, ...] = (
    Check(
        "BD-ING-001",
        "Every Ingress names a class that is served",
        Phase.INGRESS,
        (f.INGRESSES, f.INGRESS_CLASSES),
        ingress.class_exists,
    ),
    Check(
        "BD-ING-002",
        "Every Ingress leads to a pod",
        Phase.INGRESS,
        (f.INGRESSES, f.SERVICES, f.WORKLOADS),
        ingress.backends_exist,
    ),
    Check(
        "BD-ING-003",
        "The entry point names the reserved address",
        Phase.INGRESS,
        (f.SETTINGS, f.SERVICES),
        ingress.entrypoint_names_the_address,
    ),
    Check(
        "BD-ING-004",
        "The entry point has the reserved address",
        Phase.INGRESS,
        (f.ADDRESS, f.SERVICE_ADDRESSES),
        ingress.entrypoint_has_the_address,
    ),
)

TLS: tuple[Check, ...] = (
    Check("BD-TLS-001", "The certificate issuer is ready", Phase.TLS, (f.SETTINGS, f.ISSUERS), tls.issuer_ready),
    Check("BD-TLS-002", "The certificate was issued", Phase.TLS, (f.CERTIFICATE_STATES,), tls.certificate_ready),
    Check(
        "BD-TLS-003",
        "The certificate covers both hosts",
        Phase.TLS,
        (f.SETTINGS, f.CERTIFICATES, f.INGRESSES),
        tls.certificate_covers_hosts,
    ),
)

SERVICE: tuple[Check, ...] = (
    Check("BD-HUB-001", "The hub's secrets are sound and distinct", Phase.HUB, (f.HUB_SECRETS,), hub.secrets_are_sound),
    Check(
        "BD-HUB-002",
        "Launches are sent to where the hub is",
        Phase.HUB,
        (f.BINDER_CONFIG, f.INGRESSES),
        hub.hub_url_leads_to_the_hub,
    ),
    Check(
        "BD-BND-001",
        "BinderHub may run build pods",
        Phase.BINDER,
        (f.BINDER_ACCESS,),
        hub.binder_may_run_pods,
    ),
    Check(
        "BD-BND-002",
        "Images are built apart from everything else",
        Phase.BINDER,
        (f.SETTINGS, f.BINDER_CONFIG, f.WORKLOADS),
        hub.builder_runs_apart,
    ),
    Check(
        "BD-BND-003",
        "Images go to the registry that was made for them",
        Phase.BINDER,
        (f.SETTINGS, f.BINDER_CONFIG),
        hub.images_go_to_our_registry,
    ),
)

TEARDOWN: tuple[Check, ...] = (
    Check("BD-END-001", "Nothing is left", Phase.TEARDOWN, (f.LEFTOVERS,), teardown.nothing_left),
)

CATALOGUE: tuple[Check, ...] = (*SETTINGS, *PREFLIGHT, *CLUSTER, *INGRESS, *TLS, *SERVICE, *TEARDOWN)
