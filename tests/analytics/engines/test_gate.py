"""The same attacks at the front door: through the engine, as a person's query."""

import time

import pytest

from analytics.engines.base import QueryError
from tests.analytics.engines.attacks import BOMBS, DISCLOSURES, READS, TWISTED, WRITES
from tests.contracts.engines.rigs import DuckDBRig, submission

# Reading a query of the greatest length takes less than this.
READ_S = 20.0  # a busy machine is given time; what is not bounded takes hours


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    made = DuckDBRig(tmp_path_factory.mktemp("gate"))
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def _lake_stays(tmp_path_factory, rig):
    before = rig.path.read_bytes()
    yield
    assert rig.path.read_bytes() == before
    assert [one.name for one in rig.path.parent.iterdir()] == [rig.path.name]


def refusal(rig, sql: str) -> QueryError | None:
    try:
        rig.engine.estimate(submission(sql))
    except QueryError as error:
        return error
    return None


@pytest.mark.parametrize("sql", [*READS, *WRITES, *DISCLOSURES])
def test_what_is_no_query_of_the_catalogue_is_refused(rig, sql):
    told = refusal(rig, sql.replace("{lake}", str(rig.path)).replace("{folder}", str(rig.path.parent)))
    assert told is not None
    assert told.permanent
    assert told.message.endswith(".")


@pytest.mark.parametrize("sql", [*BOMBS, *TWISTED], ids=lambda sql: sql[:60])
def test_a_bomb_is_refused_or_ends(rig, sql):
    began = time.monotonic()
    told = refusal(rig, sql)
    assert time.monotonic() - began < READ_S
    if told is None:
        id_ = rig.engine.submit(submission(sql, wall_s=2.0, cpu_s=2, memory_bytes=256 << 20, result_bytes=10_000_000))
        assert rig.engine.poll(id_, patience_s=8.0).state.is_end
