"""The notebooks that come along, from top to bottom, on real figures and on Athena."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from analytics.operations import serving, shelf, snapshots
from analytics.sources.file import FileSource
from notebooks.models import Run
from notebooks.operations import collection, execution, runs
from notebooks.operations.runs import Asked
from notebooks.rules import outputs
from portal import clock
from portal.accounts import actors
from tests.account import REGION
from tests.analytics.conftest import NOW, quiet
from tests.analytics.test_real_data import OWID
from tests.simulator import lake

pytestmark = [pytest.mark.heavy, pytest.mark.django_db(transaction=True)]
DATASET = "covid-cases"
WORKGROUP = "people"
# A made-up rollout's measurements are the same everywhere.
OF_DATA = [name for name in collection.ORDER if name != "release_analyst"]
HIVE = {pa.string(): "string", pa.int64(): "bigint", pa.int32(): "int", pa.float64(): "double", pa.date32(): "date",
        pa.timestamp("us"): "timestamp", pa.bool_(): "boolean"}  # fmt: skip


@pytest.fixture(scope="module")
def real_state(tmp_path_factory, real):
    """A state folder in which the real file serves; read only."""
    folder = tmp_path_factory.mktemp("real")
    source = FileSource(real(OWID))
    made = snapshots.build([source], form="owid", state_dir=folder, now=NOW, progress=quiet)
    serving.serve(folder, made.dataset, revision=made.revision)
    return folder


@pytest.fixture
def on_real_data(state_dir, real_state, open_door):
    shutil.rmtree(shelf.folder(state_dir, DATASET))
    shutil.copytree(shelf.folder(real_state, DATASET), shelf.folder(state_dir, DATASET), symlinks=True)


@pytest.fixture
def on_athena(account, state_dir, settings, open_door):
    """The sample's Parquet lies in the account's lake, Glue has its tables, and what is asked is asked of Athena."""
    lake.build(account)
    account.hand("athena").create_work_group(
        Name=WORKGROUP, Configuration={"ResultConfiguration": {"OutputLocation": lake.RESULTS}}
    )
    account.hand("glue").create_database(DatabaseInput={"Name": DATASET})
    for folder in sorted((shelf.folder(state_dir, DATASET) / "parquet").glob("*/*")):
        declare(account, folder)
    told = {"query_engine": "athena", "athena_region": REGION, "athena_workgroup": WORKGROUP}
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={**told, "athena_results": lake.RESULTS})
    # Faster, and what the machine takes its time for would be longer than a query may run.
    account.world.clock.run_at(5)
    return account


def declare(account, folder: Path) -> None:
    """Will put a table's files into the lake and tell Glue of it."""
    for path in sorted(folder.rglob("*.parquet")):
        lake.put(account, f"{DATASET}/{folder.name}/{path.relative_to(folder)}", path.read_bytes())
    schema = parquet.read_schema(next(folder.rglob("*.parquet")))
    storage = {
        "Columns": [{"Name": one.name, "Type": HIVE[one.type]} for one in schema],
        "Location": f"s3://lake/{DATASET}/{folder.name}/",
        "SerdeInfo": {"SerializationLibrary": lake.PARQUET},
    }
    table = {"Name": folder.name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
    account.hand("glue").create_table(DatabaseName=DATASET, TableInput=table)


def ran(name: str, person) -> Run:
    run = runs.ask(Asked(name, collection.read(name), {}), by=actors.from_user(person), now=clock.now())
    runs.execute(run.pk, now=clock.now())
    run.refresh_from_db()
    assert (run.state, run.message) == (Run.State.SUCCEEDED, "")
    return run


def figures(run: Run) -> int:
    return sum(one.kind == "figure" for cell in outputs.cells(execution.executed(run)) for one in cell.outputs)


@pytest.mark.parametrize("name", OF_DATA)
def test_each_runs_on_real_figures(name, ana, on_real_data):
    assert figures(ran(name, ana)) >= 2


@pytest.mark.parametrize("name", OF_DATA)
def test_each_runs_on_athena(name, ana, on_athena):
    assert figures(ran(name, ana)) >= 2
    assert on_athena.calls("athena:StartQueryExecution")
