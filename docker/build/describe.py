"""`python docker/build/describe.py FOLDER`: writes what was built as AWS's tools read it.

imageDetail.json and appspec.yaml as CodePipeline and CodeDeploy take them, taskdef.json for the released site, and
taskdef-<process>.json for the portal's own, each with the image by its digest and ready for
`aws ecs register-task-definition --cli-input-json`. Read: SERVICE, PREFIX, IMAGE_REPOSITORY, IMAGE_DIGEST,
PORTAL_ADDRESS; DATABASE_URL_SECRET and its sisters, where the secrets' whole ARNs are known (outputs of infra/);
NOTEBOOKS_DIGEST, without which the notebooks are left out, for their image is another one; SNAPSHOT_POINTER, without
which the site serves its sample; EMBED_ORIGINS, without which no page elsewhere shows its charts.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

DOCKER = Path(__file__).resolve().parents[1]
SERVICE, NOTEBOOKS = "insights", "notebooks"
URI = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/\S+")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
NEEDED = ("SERVICE", "PREFIX", "IMAGE_REPOSITORY", "IMAGE_DIGEST", "PORTAL_ADDRESS")
OPTIONAL = ("SNAPSHOT_POINTER", "EMBED_ORIGINS")
SECRETS = ("database-url", "redis-url", "secret-key", "ledger-key", "jupyter-token", "embed-key")


class DescriptionError(SystemExit):
    """Ends the step with a sentence."""


def facts(environment: Mapping[str, str]) -> dict[str, str]:
    """Will give what the templates in docker/ecs name. Raises DescriptionError for what is missing or no digest."""
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        raise DescriptionError(f"Nothing was written: {' and '.join(missing)} must be set.")
    repository, digest = environment["IMAGE_REPOSITORY"], environment["IMAGE_DIGEST"]
    where = URI.fullmatch(repository)
    if where is None or not DIGEST.fullmatch(digest):
        raise DescriptionError(f"Nothing was written: {repository}@{digest} is no image of ECR by its digest.")
    notebooks = environment.get("NOTEBOOKS_DIGEST", "")
    if notebooks and not DIGEST.fullmatch(notebooks):
        raise DescriptionError(f"Nothing was written: NOTEBOOKS_DIGEST is {notebooks}, which is no digest.")
    account, region = where.groups()
    secrets = f"arn:aws:secretsmanager:{region}:{account}:secret:{environment['PREFIX']}"
    named = {f"{name.replace('-', '_').upper()}_SECRET": f"{secrets}/{name}" for name in SECRETS}
    return {
        **{name: environment.get(name) or arn for name, arn in named.items()},
        **{name: environment[name] for name in ("SERVICE", "PREFIX")},
        "IMAGE": f"{repository}@{digest}",
        "NOTEBOOKS_IMAGE": f"{repository}@{notebooks}" if notebooks else "",
        **{name: environment.get(name, "") for name in OPTIONAL},
        "PORTAL_HOST": urlsplit(environment["PORTAL_ADDRESS"]).hostname or "",
        "ACCOUNT": account,
        "REGION": region,
    }


def task_definition(process: str, known: Mapping[str, str]) -> dict[str, Any]:
    """Will give the task definition of one process, as RegisterTaskDefinition takes it."""
    found: dict[str, Any] = json.loads(Template((DOCKER / "ecs" / f"{process}.json").read_text()).substitute(known))
    return found


def write(folder: Path, known: Mapping[str, str]) -> list[Path]:
    """Will write every file into `folder` and name them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {"imageDetail.json": _json({"ImageURI": known["IMAGE"]})}
    for template in sorted((DOCKER / "ecs").glob("*.json")):
        if template.stem == NOTEBOOKS and not known["NOTEBOOKS_IMAGE"]:
            continue
        name = "taskdef.json" if template.stem == SERVICE else f"taskdef-{template.stem}.json"
        written[name] = _json(task_definition(template.stem, known))
    # Its <TASK_DEFINITION> is CodePipeline's to fill in, or yours.
    written["appspec.yaml"] = (DOCKER / "appspec.yaml").read_text()
    for name, text in written.items():
        (folder / name).write_text(text)
    return [folder / name for name in written]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise DescriptionError("Say the folder that the files go to.")
    for path in write(Path(sys.argv[1]), facts(os.environ)):
        sys.stdout.write(f"{path}\n")
