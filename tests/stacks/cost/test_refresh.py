"""Price lists are read in the shapes in which Amazon and Google publish them, from a local server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from binder_deploy.stacks.cost.prices import Row, own
from binder_deploy.stacks.cost.refresh import aws, aws_spot, google
from binder_deploy.stacks.cost.refresh.errors import PricesUnavailable
from binder_deploy.stacks.cost.write import write

pytestmark = pytest.mark.system

Serve = Callable[[dict[str, str]], str]
"""Path → body; gives the server's address."""

HEADER = [
    "SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange", "EndingRange",
    "Unit", "PricePerUnit", "Currency", "Product Family", "serviceCode", "Location", "Location Type", "usageType",
    "operation", "Region Code", "serviceName",
]  # fmt: skip
TODAY = date(2026, 11, 23)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that answers with what it is told, and 404 otherwise."""
    servers: list[ThreadingHTTPServer] = []

    def start(bodies: dict[str, str]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                split = urlsplit(self.path)
                token = parse_qs(split.query).get("pageToken", [""])[0]
                body = bodies.get(split.path + (f"#{token}" if token else ""))
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_: Any) -> None:
                """Nothing to tell."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def offer(*lines: tuple[str, str, str, str, str], published: str = "2026-11-20T18:00:00Z") -> str:
    """A file of the price list: (usage type, operation, starting range, price, term)."""
    out = [
        '"FormatVersion","v1.0"',
        '"Disclaimer","This pricing list is for informational purposes only, ""as is""."',
        f'"Publication Date","{published}"',
        '"Version","20261120180000"',
        '"OfferCode","AmazonEC2"',
        ",".join(f'"{name}"' for name in HEADER),
    ]
    for usage, operation, start, price, term in lines:
        cells = dict.fromkeys(HEADER, "")
        cells |= {"SKU": "X", "TermType": term, "StartingRange": start, "PricePerUnit": price, "Currency": "USD"}
        cells |= {"usageType": usage, "operation": operation, "PriceDescription": "$1 per hour, or part of one"}
        out.append(",".join(f'"{cells[name]}"' for name in HEADER))
    return "\n".join(out) + "\n"


def bodies(**offers: str) -> dict[str, str]:
    """Every offer that is read, empty where nothing is said of it."""
    return {f"/offers/v1.0/aws/{name}/current/eu-central-1/index.csv": offers.get(name, offer()) for name in aws.WANTED}


def read_aws(base: str) -> list[Row]:
    with httpx.Client() as http:
        return list(aws.rows(http, "eu-central-1", base=base))


EC2 = offer(
    ("EUC1-BoxUsage:m6i.xlarge", "RunInstances:0002", "0", "0.4140000000", "OnDemand"),
    ("EUC1-BoxUsage:m6i.xlarge", "RunInstances", "0", "0.1000000000", "Reserved"),
    ("EUC1-BoxUsage:m6i.xlarge", "RunInstances", "0", "0.2300000000", "OnDemand"),
    ("EUC1-BoxUsage:g4dn.2xlarge", "RunInstances", "0", "0.9400000000", "OnDemand"),
    ("EUC1-DedicatedUsage:m6i.2xlarge", "RunInstances", "0", "0.4900000000", "OnDemand"),
    ("EUC1-BoxUsage:u-24tb1.metal", "RunInstances", "0", "218.4000000000", "OnDemand"),
    ("EUC1-EBS:VolumeUsage.gp3", "", "0", "0.0952000000", "OnDemand"),
    ("EUC1-EBS:VolumeUsage.gp2", "", "0", "0.1190000000", "OnDemand"),
    ("EUC1-NatGateway-Hours", "NatGateway", "0", "0.0520000000", "OnDemand"),
)
ELB = offer(
    ("EUC1-LoadBalancerUsage", "LoadBalancing:Application", "0", "0.0270000000", "OnDemand"),
    ("EUC1-LoadBalancerUsage", "LoadBalancing:Network", "0", "0.0271000000", "OnDemand"),
    ("EUC1-LCUUsage", "LoadBalancing:Network", "0", "0.0060000000", "OnDemand"),
)
TRANSFER = offer(
    ("EUC1-DataTransfer-Out-Bytes", "", "10240", "0.0850000000", "OnDemand"),
    ("EUC1-DataTransfer-Out-Bytes", "", "0", "0.0900000000", "OnDemand"),
)


def test_amazons_lines_become_rows_with_the_day_of_publication(serve: Serve) -> None:
    found = read_aws(serve(bodies(AmazonEC2=EC2, AWSELB=ELB, AWSDataTransfer=TRANSFER)))
    assert {row.item: row.usd for row in found} == {
        "machine:m6i.xlarge": 0.23,  # on demand, without a licence, on shared hardware
        "machine:g4dn.2xlarge": 0.94,  # its accelerator included
        "disk:gp3": 0.0952,
        "nat": 0.052,
        "load-balancer": 0.0271,
        "load-balancer-data": 0.006,
        "egress": 0.09,
    }
    assert {(row.provider, row.region, row.read) for row in found} == {("aws", "eu-central-1", date(2026, 11, 20))}


def test_us_east_1_has_no_region_before_its_usage_types(serve: Serve) -> None:
    plain = offer(("BoxUsage:m6i.large", "RunInstances", "0", "0.0960000000", "OnDemand"))
    assert [row.item for row in read_aws(serve(bodies(AmazonEC2=plain)))] == ["machine:m6i.large"]


def test_a_list_that_is_not_there_or_is_none_is_told(serve: Serve) -> None:
    with pytest.raises(PricesUnavailable, match="404"):
        read_aws(serve({}))
    with pytest.raises(PricesUnavailable, match="no price list"):
        read_aws(serve(bodies(AmazonEC2="<html>moved</html>\n")))


def test_of_amazons_spot_prices_the_last_one_of_each_type_counts() -> None:
    def told(kind: str, usd: str, hour: int, product: str = "Linux/UNIX") -> dict[str, Any]:
        """An entry as the EC2 API's reference has it."""
        return {
            "AvailabilityZone": "eu-central-1a",
            "InstanceType": kind,
            "ProductDescription": product,
            "SpotPrice": usd,
            "Timestamp": datetime(2026, 11, 23, hour, tzinfo=UTC),
        }

    now = datetime(2026, 11, 23, 14, tzinfo=UTC)
    history = [
        told("m6i.2xlarge", "0.170000", 3),
        told("m6i.2xlarge", "0.186900", 13),
        told("m6i.2xlarge", "0.400000", 13, "Windows"),
        told("g4dn.xlarge", "0.221000", 12),
    ]
    found = list(aws_spot.rows(history, "eu-central-1", now))
    assert {row.item: row.usd for row in found} == {
        "machine:g4dn.xlarge:spot": 0.221,
        "machine:m6i.2xlarge:spot": 0.1869,
    }
    assert {(row.region, row.read, row.note) for row in found} == {
        ("eu-central-1", TODAY, "in eu-central-1a; it changes by the hour")
    }


def test_the_question_is_one_that_the_ec2_api_takes_and_its_answer_becomes_rows() -> None:
    from botocore.session import Session
    from botocore.stub import Stubber

    client = Session().create_client(
        "ec2", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    now = datetime(2026, 11, 23, 14, tzinfo=UTC)
    asked = aws_spot.question(["m6i.xlarge", "m6i.xlarge"], "eu-central-1a", now)
    entry = {
        "AvailabilityZone": "eu-central-1a", "InstanceType": "m6i.xlarge", "ProductDescription": "Linux/UNIX",
        "SpotPrice": "0.090100", "Timestamp": now,
    }  # fmt: skip
    with Stubber(client) as stub:
        stub.add_response(
            "describe_spot_price_history",
            {"SpotPriceHistory": [entry], "NextToken": ""},
            {
                "InstanceTypes": ["m6i.xlarge"],
                "AvailabilityZone": "eu-central-1a",
                "ProductDescriptions": ["Linux/UNIX"],
                "StartTime": now,
            },
        )
        history = client.describe_spot_price_history(**asked)["SpotPriceHistory"]
    assert [(row.item, row.usd) for row in aws_spot.rows(history, "eu-central-1", now)] == [
        ("machine:m6i.xlarge:spot", 0.0901)
    ]


def sku(description: str, *regions: str, nanos: tuple[int, ...] = (1_000_000,), usage: str = "OnDemand") -> Any:
    """One price of the catalogue."""
    rates = [
        {"startUsageAmount": 10 * at, "unitPrice": {"currencyCode": "USD", "units": "0", "nanos": one}}
        for at, one in enumerate(nanos)
    ]
    return {
        "name": "services/S/skus/1234-5678-9ABC",
        "description": description,
        "category": {"resourceFamily": "Compute", "resourceGroup": "CPU", "usageType": usage},
        "serviceRegions": list(regions),
        "pricingInfo": [{"effectiveTime": "2021-11-26T10:50:40Z", "pricingExpression": {"tieredRates": rates}}],
    }


def catalogue(first: list[Any], second: list[Any], networking: list[Any]) -> dict[str, str]:
    """The catalogue of two services, the first one on two pages."""
    services = [{"name": "services/C", "displayName": "Compute Engine"}]
    more = [{"name": "services/N", "displayName": "Networking"}]
    return {
        "/v1/services": json.dumps({"services": services, "nextPageToken": "two"}),
        "/v1/services#two": json.dumps({"services": more}),
        "/v1/services/C/skus": json.dumps({"skus": first, "nextPageToken": "next"}),
        "/v1/services/C/skus#next": json.dumps({"skus": second, "nextPageToken": ""}),
        "/v1/services/N/skus": json.dumps({"skus": networking}),
    }


def read_google(base: str) -> list[Row]:
    with httpx.Client() as http:
        return list(google.rows(http, "europe-west1", TODAY, base=base))


def test_googles_prices_become_rows_of_the_region_whatever_page_they_are_on(serve: Serve) -> None:
    here = "europe-west1"
    first = [
        sku("E2 Instance Core running in Belgium", here, nanos=(23_993_370,)),
        sku("E2 Instance Ram running in Belgium", here, nanos=(3_216_090,)),
        sku("E2 Instance Core running in Iowa", "us-central1"),
        sku("Commitment v1: E2 Cpu in Belgium for 1 Year", here, usage="Commit1Yr"),
        sku("N2 Custom Instance Core running in Belgium", here),
    ]
    second = [
        sku("Spot Preemptible E2 Instance Core running in Belgium", here, nanos=(13_450_000,), usage="Preemptible"),
        sku("N2D AMD Instance Core running in Belgium", here),
        sku("N1 Predefined Instance Core running in Belgium", here),
        sku("Nvidia Tesla T4 GPU running in Belgium", here, nanos=(350_000_000,)),
        sku(
            "Nvidia Tesla T4 GPU attached to Spot Preemptible VMs running in Belgium",
            here,
            nanos=(140_000_000,),
            usage="Preemptible",
        ),
        sku("Nvidia Tesla T4 GPU attached to DWS Defined Duration VMs running in Belgium", here),
        sku("Balanced PD Capacity in Belgium", here, nanos=(100_000_000,)),
        sku("Regional Balanced PD Capacity in Belgium", here),
        sku("External IP Charge on a Standard VM", "global", nanos=(0, 5_000_000)),
    ]
    found = read_google(serve(catalogue(first, second, [sku("Networking Cloud Nat Gateway Uptime", "global")])))
    assert {(row.region, row.item): row.usd for row in found} == {
        (here, "vcpu:e2"): 0.02399337,
        (here, "memory:e2"): 0.00321609,
        (here, "vcpu:e2:spot"): 0.01345,
        (here, "vcpu:n2d"): 0.001,
        (here, "vcpu:n1"): 0.001,
        (here, "gpu:nvidia-tesla-t4"): 0.35,
        (here, "gpu:nvidia-tesla-t4:spot"): 0.14,
        (here, "disk:pd-balanced"): 0.1,
        ("any", "address"): 0.005,  # after what is free
        ("any", "nat-vm"): 0.001,
    }
    assert {row.read for row in found} == {TODAY}


def test_a_catalogue_without_the_service_is_told(serve: Serve) -> None:
    with pytest.raises(PricesUnavailable, match="no service Compute Engine"):
        read_google(serve({"/v1/services": json.dumps({"services": []})}))


def test_what_is_written_is_read_again(tmp_path: Path, serve: Serve) -> None:
    found = read_aws(serve(bodies(AmazonEC2=EC2)))
    file = write(tmp_path, found)
    assert file.name == "prices.yaml"
    assert list(own(tmp_path)) == found
    assert [f.name for f in tmp_path.iterdir()] == ["prices.yaml"]
