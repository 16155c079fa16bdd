"""`make run-aws`: an account of one's own on this machine, and a portal whose environments are in it.

The account lives in memory, so each start begins with an empty one and an empty portal beside it.
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
from simulator.server import Simulator

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
    sample = state / "sample.json"
    sample.write_text(json.dumps(furnish(_clients(account.url)), indent=2))
    traffic.switch_on(requests_per_s=20)
    sys.stdout.write(f"The simulated AWS account answers at {account.url}. It is empty again at the next start.\n")
    sys.stdout.flush()
    return _run_portal({**environment, "PORTAL_SAMPLE": str(sample), "PORTAL_SAMPLE_VISITORS_PER_S": "0"})


def furnish(client: Callable[[str], Any]) -> Mapping[str, Any]:
    """Will build the services that are released, and describe their environments as the portal's sample wants it."""
    role = _role(client("iam"))
    production = stage.build(client)
    staging = stage.build_native(client, name="covid-staging")
    canary = {**staging.target_config, "strategy": "CANARY", "step_percent": 10}
    steps = [{"weight": 10, "wait_s": 60, "is_analysed": False}, {"weight": 100, "is_analysed": False}]
    once = [{"weight": 100, "is_analysed": False}]
    return {
        "images": {version: production.ground.image(version) for version in stage.VERSIONS},
        "places": [
            _place("staging", "ecs", {**canary, **role}, {"steps": steps, "bake_s": 60}),
            _place("production", "codedeploy", {**production.target_config, **role}, {"steps": once, "bake_s": 180}),
            _place(
                "two-regions", "route53", {**_name(client), **role}, {"steps": steps, "bake_s": 60}, measure="memory"
            ),
        ],
    }


def _place(
    name: str, target: str, config: Mapping[str, Any], plan: Mapping[str, Any], *, measure: str = "cloudwatch"
) -> Mapping[str, Any]:
    policy = {"deploy_limit_s": 900, "rollback_limit_s": 900}
    facts = {"target": target, "config": config, "measure": measure, "plan": plan, "policy": policy}
    return {"name": name, "address": "", **facts}


def _role(iam: Any) -> Mapping[str, str]:
    """A role that may do everything here; what one needs on AWS stands in infra/release.yaml."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    may = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trusted, allowed = (json.dumps({"Version": "2012-10-17", "Statement": [one]}) for one in (trust, may))
    arn = iam.create_role(RoleName="release", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    iam.put_role_policy(RoleName="release", PolicyName="release", PolicyDocument=allowed)
    return {"role_arn": str(arn)}


def _name(client: Callable[[str], Any]) -> Mapping[str, Any]:
    """One name before two services: CodeDeploy releases to the one without visitors, Route 53 moves the name."""
    zone = client("route53").create_hosted_zone(Name=ZONE, CallerReference="rehearsal")["HostedZone"]["Id"]
    sides = {}
    for side, weight in (("a", 100), ("b", 0)):
        made = stage.build(client, name=f"covid-{side}")
        alias = {"zone_id": made.ground.load_balancer_zone, "dns_name": made.ground.load_balancer_name}
        _weigh(client, zone, side, weight, alias)
        sides[side] = {"alias": alias, "place": {"kind": "codedeploy", **made.target_config}}
    return {"region": REGION, "zone_id": zone.rpartition("/")[2], "name": NAME, "sides": sides}


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
