"""PutMetricData as botocore's model and moto's server read it."""

import datetime
from decimal import Decimal

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import free_port, program, served
from sinks import Sinks
from support import DEAR, booked, eventually

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}


def test_moto_adds_up_what_the_books_hold(start, sandbox, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with served([program("moto_server"), "-p", str(port)], f"{url}/moto-api/", tmp_path):
        gateway = start(
            sandbox, CLOUDWATCH_ENABLED="true", CLOUDWATCH_ENDPOINT=url, EXPORT_INTERVAL_SECONDS="0.3", **KEYS)
        for _ in range(5):
            gateway.chat(headers={"X-Tenant-Id": "acme"})
        spent = booked(gateway.usage("acme"))[0]
        client = boto3.client(
            "cloudwatch", endpoint_url=url, region_name="eu-central-1", aws_access_key_id="AKID", aws_secret_access_key="secret")
        dimensions = [{"Name": "Tenant", "Value": "acme"}, {"Name": "Model", "Value": DEAR}]

        def told(metric):
            now = datetime.datetime.now(datetime.timezone.utc)
            answer = client.get_metric_statistics(
                Namespace="LLM/Costs", MetricName=metric, Dimensions=dimensions, StartTime=now - datetime.timedelta(hours=1),
                EndTime=now + datetime.timedelta(minutes=5), Period=3600, Statistics=["Sum"])
            return sum(Decimal(str(point["Sum"])) for point in answer["Datapoints"])

        assert eventually(lambda: abs(told("Cost") - spent) < Decimal("1e-12") and told("Calls") == 5, within=30, every=0.3)
        names = {metric["MetricName"] for metric in client.list_metrics(Namespace="LLM/Costs")["Metrics"]}
        assert {name for name in names if "cost" in name.lower() or "spend" in name.lower()} == {"Cost"}


def test_botocore_signs_as_we_do(start, sandbox):
    """moto does not look at signatures; botocore makes its own of the same request."""
    sinks = Sinks()
    seen = []
    take = sinks.cloudwatch.take
    sinks.cloudwatch.take = lambda headers, body: (seen.append((headers, body)), take(headers, body))[1]
    gateway = start(sandbox, **sinks.settings)
    gateway.chat()
    headers, body = eventually(lambda: seen and seen[0])
    signed = AWSRequest("POST", f"http://{headers['host']}/", data=body, headers={
        name: headers[name] for name in ("content-type", "x-amz-target")})
    signed.context["timestamp"] = headers["x-amz-date"]

    class AtThatTime(SigV4Auth):
        def _modify_request_before_signing(self, request):
            super()._modify_request_before_signing(request)

    import botocore.auth

    moment = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    original = botocore.auth.get_current_datetime if hasattr(botocore.auth, "get_current_datetime") else None
    if original:
        botocore.auth.get_current_datetime = lambda *_, **__: moment
    try:
        AtThatTime(Credentials("AKID", "secret"), "monitoring", "eu-central-1").add_auth(signed)
    finally:
        if original:
            botocore.auth.get_current_datetime = original
    theirs = signed.headers["Authorization"].split("Signature=")[1]
    ours = headers["authorization"].split("Signature=")[1]
    assert signed.headers["X-Amz-Date"] == headers["x-amz-date"], "botocore signs at the same moment"
    assert theirs == ours
    sinks.close()
