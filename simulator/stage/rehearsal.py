"""`make run-aws`: an account of one's own on this machine, and a portal whose environments are in it.

The account lives in memory, so each start begins with an empty one and an empty portal beside it. Where blue and green
answer in the account, a real copy of the site answers here (simulator.stage.doors).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3

from simulator import stage, traffic
from simulator.operations import Context
from simulator.server import Simulator
from simulator.stage import doors
from simulator.stage.copies import Copies
from simulator.stage.doors import Doors
from simulator.stage.ground import PRODUCTION_PORT, TEST_PORT

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
ZONE, NAME = "insights.example.", "covid.insights.example"
# The account knows nobody: any key opens it, and these are AWS's own examples.
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def main() -> int:
    """Will rehearse until it is told to end, and give the portal's exit status."""
    state = Path(os.environ.get("PORTAL_STATE_DIR", ROOT / "var" / "aws"))
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    account = Simulator(port=int(os.environ.get("SIMULATOR_PORT", "0")))
    threading.Thread(target=account.serve_forever, daemon=True).start()
    environment = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": account.url, "PORTAL_STATE_DIR": str(state)}
    os.environ.update(environment)
    opened = Doors(Copies(state / "copies", state / "source" / "covid-insights", _of_a_copy(state)))
    sample = state / "sample.json"
    sample.write_text(json.dumps(furnish(_clients(account.url), opened), indent=2))
    traffic.switch_on(requests_per_s=20)
    sys.stdout.write(f"The simulated AWS account answers at {account.url}. It is empty again at the next start.\n")
    sys.stdout.flush()
    try:
        return _run_portal({**environment, "PORTAL_SAMPLE": str(sample), "PORTAL_SAMPLE_VISITORS_PER_S": "0"})
    finally:
        opened.close()


def furnish(client: Callable[[str], Any], opened: Doors) -> Mapping[str, Any]:
    """Will build the services that are released, open a door to each side of each, and describe their environments.

    It is described as the portal's sample wants it.
    """
    role = _role(client("iam"))
    production = stage.build(client)
    staging = stage.build_native(client, name="covid-staging")
    opened.images.update({digest: version for version, digest in production.ground.digests.items()})
    canary = {**_previewed(staging, opened), "strategy": "CANARY", "step_percent": 10}
    last = {"weight": 100, "is_analysed": False}
    first_some = {"steps": [{"weight": 10, "wait_s": 60, "is_analysed": False}, last], "bake_s": 60}
    name, address = _name(client, opened)
    places = [
        ("staging", "ecs", canary, first_some, _blue(staging, opened)),
        (
            "production",
            "codedeploy",
            _previewed(production, opened),
            {"steps": [last], "bake_s": 180},
            _blue(production, opened),
        ),
        ("two-regions", "route53", name, first_some, address),
    ]
    return {
        "images": {version: production.ground.image(version) for version in stage.VERSIONS},
        "places": [_place(*one, role=role) for one in places],
    }


def _place(
    name: str, target: str, config: Mapping[str, Any], plan: Mapping[str, Any], address: str, *, role: Mapping[str, str]
) -> Mapping[str, Any]:
    # Nothing counts the visitors of a name: each of its load balancers counts its own.
    measure = "memory" if target == "route53" else "cloudwatch"
    policy = {"deploy_limit_s": 900, "rollback_limit_s": 900}
    facts = {"target": target, "config": {**config, **role}, "measure": measure, "plan": plan, "policy": policy}
    return {"name": name, "address": address, **facts}


def _previewed(built: stage.Stage, opened: Doors) -> Mapping[str, Any]:
    return {**built.target_config, "preview_url": opened.open(_way(built, TEST_PORT))}


def _blue(built: stage.Stage, opened: Doors) -> str:
    return opened.open(_way(built, PRODUCTION_PORT))


def _way(built: stage.Stage, port: int) -> doors.Way:
    return doors.to_listener(built.ground.load_balancer_name, port, _context(built.ground))


def _context(ground: stage.Ground) -> Context:
    return Context(ground.account, ground.region, "")


def _of_a_copy(state: Path) -> Mapping[str, str]:
    """What every copy sees: the sample's data, and nothing of the portal's own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PORTAL_SURFACE": "insights",
        "PORTAL_SNAPSHOT": str(state / "lake" / "covid-cases" / "current"),
    }


def _role(iam: Any) -> Mapping[str, str]:
    """A role that may do everything here; what one needs on AWS stands in infra/release.yaml."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    may = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trusted, allowed = (json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, may))
    arn = iam.create_role(RoleName="release", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    iam.put_role_policy(RoleName="release", PolicyName="release", PolicyDocument=allowed)
    return {"role_arn": str(arn)}


def _name(client: Callable[[str], Any], opened: Doors) -> tuple[Mapping[str, Any], str]:
    """One name before two services: CodeDeploy releases to the one without visitors, Route 53 moves the name."""
    zone = client("route53").create_hosted_zone(Name=ZONE, CallerReference="rehearsal")["HostedZone"]["Id"]
    sides = {}
    built = {side: stage.build(client, name=f"covid-{side}") for side in "ab"}
    for (side, made), weight in zip(built.items(), (100, 0), strict=True):
        alias = {"zone_id": made.ground.load_balancer_zone, "dns_name": made.ground.load_balancer_name}
        _weigh(client, zone, side, weight, alias)
        place = {"kind": "codedeploy", **_previewed(made, opened)}
        sides[side] = {"alias": alias, "place": place, "preview_url": place["preview_url"]}
    zone_id = zone.rpartition("/")[2]
    address = opened.open(doors.to_name(zone_id, NAME, PRODUCTION_PORT, _context(built["a"].ground)))
    return {"region": REGION, "zone_id": zone_id, "name": NAME, "sides": sides}, address


def _weigh(client: Callable[[str], Any], zone: str, side: str, weight: int, alias: Mapping[str, str]) -> None:
    leads_to = {"HostedZoneId": alias["zone_id"], "DNSName": alias["dns_name"], "EvaluateTargetHealth": True}
    record = {"Name": NAME, "Type": "A", "SetIdentifier": side, "Weight": weight, "AliasTarget": leads_to}
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record}]
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _clients(url: str) -> Callable[[str], Any]:
    return lambda service: boto3.client(service, region_name=REGION, endpoint_url=url)


def _run_portal(environment: Mapping[str, str]) -> int:
    """The terminal sends Ctrl-C to both; the portal stops first, for it still asks the account while it does."""
    portal = subprocess.Popen([sys.executable, "-m", "portal.stack"], cwd=ROOT, env=environment)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: portal.terminate())
    return portal.wait()


if __name__ == "__main__":
    sys.exit(main())
