"""cfn-lint has nothing to say. Resources of policies it reads only where no function makes them: see test_stacks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra import templates

LINT = Path(sys.executable).with_name("cfn-lint")


def lint(*paths):
    done = subprocess.run(
        [str(LINT), "--format", "json", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    return {(Path(one["Filename"]).name, one["Rule"]["Id"], one["Message"]) for one in json.loads(done.stdout)}


def test_every_template_is_clean():
    assert lint(*(templates.INFRA / f"{name}.yaml" for name in templates.NAMES)) == set()


@pytest.mark.parametrize(
    ("name", "was", "becomes", "rule"),
    [
        ("release", "codedeploy:GetDeploymentConfig", "codedeploy:GetDeploymentConfiguration", "W3037"),
        ("service", "Cpu: !Ref Cpu", 'Cpu: "300"', "E3048"),
        ("service", "ComputePlatform: ECS", "ComputePlatform: Fargate", "E3030"),
        ("network", "!Ref PublicSubnetA, Rou", "!Ref PublicSubnetX, Rou", "E1020"),
    ],
)
def test_a_planted_mistake_is_found(tmp_path, name, was, becomes, rule):
    text = (templates.INFRA / f"{name}.yaml").read_text()
    assert was in text
    planted = tmp_path / f"{name}.yaml"
    planted.write_text(text.replace(was, becomes))
    assert rule in {found for _, found, _ in lint(planted)}
