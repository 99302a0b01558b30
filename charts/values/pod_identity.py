# mypy: ignore-errors
# Pushes and reads images as the role that EKS's pod identity lends to this pod: there is no long-lived key. ECR's
# token lasts twelve hours and is asked for anew whenever it is needed.
import base64
import datetime
import hashlib
import hmac
import json
import os
from pathlib import Path
from urllib.parse import urlparse

from binderhub.registry import DockerRegistry
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"


def signed(region, keys, body, now):
    """Headers of one call to ECR, by Signature Version 4."""
    host, day, stamp = f"api.ecr.{region}.amazonaws.com", now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": stamp,
        "x-amz-security-token": keys["Token"],
        "x-amz-target": TARGET,
    }
    names = ";".join(sorted(headers))
    canonical = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join(("POST", "/", "", canonical, names, hashlib.sha256(body).hexdigest()))
    scope = f"{day}/{region}/ecr/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{keys['SecretAccessKey']}".encode()
    for part in (day, region, "ecr", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{keys['AccessKeyId']}/{scope}"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return headers


class PodIdentityRegistry(DockerRegistry):
    async def _login(self):
        """User name and password for the registry, joined by a colon, in base64."""
        token = Path(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read_text()
        asked = HTTPRequest(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": token.strip()})
        keys = json.loads((await AsyncHTTPClient().fetch(asked)).body)
        region = urlparse(self.url).hostname.split(".")[3]
        headers = signed(region, keys, b"{}", datetime.datetime.now(datetime.UTC))
        url = f"https://{headers.pop('host')}/"
        answer = await AsyncHTTPClient().fetch(HTTPRequest(url, method="POST", headers=headers, body=b"{}"))
        return json.loads(answer.body)["authorizationData"][0]["authorizationToken"]

    async def get_image_manifest(self, image, tag):
        headers = {"Authorization": f"Basic {await self._login()}", "Accept": MANIFESTS}
        request = HTTPRequest(f"{self.url}/v2/{image}/manifests/{tag}", headers=headers)
        try:
            return json.loads((await AsyncHTTPClient().fetch(request)).body)
        except HTTPClientError as error:
            # Repositories come with their first push: one that is not there yet holds no image.
            if error.code == 404:
                return None
            raise

    async def get_credentials(self, image, tag):
        username, _, password = base64.b64decode(await self._login()).decode().partition(":")
        return {"registry": self.url, "username": username, "password": password}


c.BinderHub.registry_class = PodIdentityRegistry  # noqa: F821
