"""Superset beside our charts: what it is asked is what our own address says, and its absence is said."""

import pytest

from analytics.insights import comparison
from bench import result
from bench.peers import superset
from tests.bench.test_quick import run


def test_it_is_asked_for_the_measure_and_places_of_our_chart():
    given = {"measure": ["new_cases"], "place": ["ITA,FJI"]}
    ask = comparison.read(given, known={"ITA": "Italy", "FJI": "Fiji"})
    told = superset.body(ask, 7, is_new=True)
    [query] = told["queries"]
    assert (told["datasource"], told["force"]) == ({"id": 7, "type": "table"}, True)
    assert query["columns"] == ["iso", "date", "new_cases"]
    assert query["filters"] == [{"col": "iso", "op": "IN", "val": ["ITA", "FJI"]}]
    assert superset.body(ask, 7, is_new=False)["force"] is False


@pytest.mark.skipif(superset.is_installed(), reason="Superset is installed here")
def test_where_it_is_absent_the_note_says_how_it_comes():
    assert "`make superset`" in superset.note()
    with superset.running() as other:
        assert other is None


@pytest.mark.alone
@pytest.mark.skipif(not superset.is_installed(), reason="Superset is not installed: `make superset`")
def test_it_stands_beside_our_charts(tmp_path):
    done = run(tmp_path, "charts")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [row for row in result.read(tmp_path / "charts.json").rows if row.peer == superset.CALLED]
    assert len(rows) == 4
    assert all(row.beside and row.samples > 5 for row in rows)
