# mypy: ignore-errors
# Pushes and reads images with the identity that GKE's metadata server lends to this pod: there is no
# long-lived key. The token lasts an hour at most and travels with each build.
import json

from binderhub.registry import DockerRegistry
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

TOKEN = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105
MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)


class WorkloadIdentityRegistry(DockerRegistry):
    async def _token(self):
        request = HTTPRequest(TOKEN, headers={"Metadata-Flavor": "Google"}, request_timeout=10)
        return json.loads((await AsyncHTTPClient().fetch(request)).body)

    async def get_image_manifest(self, image, tag):
        token = (await self._token())["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": MANIFESTS}
        request = HTTPRequest(f"{self.url}/v2/{image}/manifests/{tag}", headers=headers)
        try:
            return json.loads((await AsyncHTTPClient().fetch(request)).body)
        except HTTPClientError as error:
            if error.code == 404:
                return None
            raise

    async def get_credentials(self, image, tag):
        token = await self._token()
        # A build that takes longer than this cannot push; the number explains a refusal at the end.
        self.log.info("the push token for %s:%s lasts %s seconds", image, tag, token.get("expires_in"))
        return {"registry": self.url, "username": "oauth2accesstoken", "password": token["access_token"]}


c.BinderHub.registry_class = WorkloadIdentityRegistry  # noqa: F821
