"""The swap function, packaged as its own program does it and uploaded to the simulated account."""

import runpy
from pathlib import Path
from typing import Any

from tests.account import Account
from tests.simulator.lambdas import create_role

FOLDER = Path(__file__).parents[2] / "infra" / "lambda" / "swap"
_write = runpy.run_path(str(FOLDER / "package.py"))["write"]


def pack(folder: Path) -> Path:
    """Will write the package into `folder`, and give its path."""
    return Path(_write(folder / "swap.zip"))


def upload(account: Account, package: Path, **variables: str) -> str:
    """Will create the function with these variables, and give its ARN."""
    made: dict[str, Any] = account.hand("lambda").create_function(
        FunctionName="CodeDeployHook_shop-swap",
        Runtime="python3.13",
        Role=create_role(account, "swap"),
        Handler="handler.handle",
        Code={"ZipFile": package.read_bytes()},
        Timeout=30,
        Environment={"Variables": variables},
    )
    return str(made["FunctionArn"])
