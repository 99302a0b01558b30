"""Who may log in: everything that BinderHub and JupyterHub need for it, as one block.

Half of it set is worse than none: a login loop, or "403" for everybody. Sources: BinderHub's page on authentication,
and the reference of oauthenticator.
"""

from __future__ import annotations

from typing import Any

from binder_deploy.charts.values.origins import Origins
from binder_deploy.charts.values.secrets import ServiceSecrets
from binder_deploy.settings.access import GitHubLogin, GoogleLogin, OidcLogin, Open
from binder_deploy.settings.choices import disk_class
from binder_deploy.settings.model import Settings

FOLDER = "/home/jovyan/persistent"
"""Where a person's disk is mounted: not over the home folder, which holds the repository."""


def access(settings: Settings, secrets: ServiceSecrets, where: Origins) -> dict[str, Any]:
    """Values of `binderhub`; none for an open service, which is upstream's default."""
    login = settings.access
    if isinstance(login, Open):
        return {}
    kind, rules = _authenticator(login)
    callback = f"{where.hub_url}hub/oauth_callback"
    return {
        "config": {"BinderHub": {"auth_enabled": True, **({"use_named_servers": True} if login.named_servers else {})}},
        "jupyterhub": {
            # A person's account stays when the server ends.
            "cull": {"users": False},
            "hub": {
                **(
                    {"allowNamedServers": True, "namedServerLimitPerUser": login.named_servers}
                    if login.named_servers
                    else {}
                ),
                "config": {
                    "BinderSpawner": {"auth_enabled": True},
                    "JupyterHub": {"authenticator_class": kind, "redirect_to_server": False},
                    _CLASSES[kind]: {
                        "client_id": login.client_id,
                        "client_secret": secrets.client_secret,
                        "oauth_callback_url": callback,
                        # Both at once: whoever administers may also log in.
                        "allowed_users": sorted({*login.users, *login.admins}),
                        "admin_users": sorted(login.admins),
                        **rules,
                    },
                },
                "loadRoles": {"user": {"scopes": ["self", "access:services!service=binder"]}},
                "services": {
                    "binder": {
                        "oauth_client_id": "service-binderhub",
                        "oauth_no_confirm": True,
                        "oauth_redirect_uri": f"{where.binder_url}oauth_callback",
                    }
                },
            },
            "singleuser": {
                # The hub asks who comes in, which upstream's plain launcher cannot do.
                "cmd": "jupyterhub-singleuser",
                **({"storage": _disk(settings, login.disk_gb)} if login.disk_gb else {}),
            },
        },
    }


_CLASSES = {
    "github": "GitHubOAuthenticator",
    "google": "GoogleOAuthenticator",
    "generic-oauth": "GenericOAuthenticator",
}
"""JupyterHub's word for an authenticator → the class that takes its settings."""


def _authenticator(login: GitHubLogin | GoogleLogin | OidcLogin) -> tuple[str, dict[str, Any]]:
    if isinstance(login, GitHubLogin):
        # Without this scope GitHub names no private membership.
        scope = {"scope": ["read:org"]} if login.organizations else {}
        return "github", {"allowed_organizations": list(login.organizations), **scope}
    if isinstance(login, GoogleLogin):
        # The domains only keep others out: whoever is left must be let in, too.
        return "google", {"hosted_domain": list(login.domains), "allow_all": bool(login.domains)}
    groups = {"auth_state_groups_key": f"oauth_user.{login.groups_claim}", "manage_groups": True}
    return "generic-oauth", {
        "authorize_url": login.authorize_url,
        "token_url": login.token_url,
        "userdata_url": login.userdata_url,
        "username_claim": login.username_claim,
        "scope": ["openid", "profile", "email"],
        "allow_all": login.everybody,
        **({"allowed_groups": list(login.groups), **groups} if login.groups else {}),
    }


def _disk(settings: Settings, size_gb: int) -> dict[str, Any]:
    return {
        "type": "dynamic",
        "capacity": f"{size_gb}Gi",
        "homeMountPath": FOLDER,
        "dynamic": {"storageClass": disk_class(settings)},
    }
