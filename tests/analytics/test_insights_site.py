"""The public site: what each address answers, with and without data, and when it is made to fail."""

import re

import orjson
import pytest

from analytics.insights.overview.front_page import FrontPageError, read
from analytics.insights.overview.key_figures import FIGURES
from analytics.operations import shelf
from tests.analytics.conftest import owid_lines


@pytest.fixture
def small(owid_file, bring_in, state_dir, site):
    """The site on ten days of Italy, Fiji and the world."""
    bring_in(owid_file(owid_lines()))
    return site(state_dir)


def test_the_front_page_shows_the_chosen_figures_and_the_countries(small):
    page = small.get("/").content.decode()
    shown = re.findall(r'id="figure-([a-z_]+)"', page)
    assert shown == [id_ for id_, _ in read().figures]
    assert page.index("Italy") < page.index("Fiji")
    assert 'data-figure="/figures/OWID_WRL.json"' in page
    assert "Our World in Data" in page
    assert "CC BY 4.0" in page
    assert "1.0.0" in page
    assert "abcdef012" in page
    assert "Sample data" not in page


@pytest.mark.parametrize(
    ("query", "order"),
    [("sort=name", ["Fiji", "Italy"]), ("sort=deaths_per_million", ["Fiji", "Italy"]), ("sort=nonsense", None)],
)
def test_the_list_is_sorted_as_asked(small, query, order):
    page = small.get(f"/?{query}").content.decode()
    assert re.findall(r'/country/[A-Z]+/">(\w+)</a>', page) == (order or ["Italy", "Fiji"])


@pytest.mark.parametrize(
    ("question", "found"), [("ITA", ["Italy"]), ("oceania", ["Fiji"]), ("itály", ["Italy"]), ("%", [])]
)
def test_countries_are_found_by_name_code_or_continent(small, question, found):
    page = small.get("/", {"q": question}).content.decode()
    assert re.findall(r'/country/[A-Z]+/">(\w+)</a>', page) == found


def test_what_is_asked_is_never_markup(small):
    page = small.get("/", {"q": "<script>alert(1)</script>", "sort": '"><b>'}).content.decode()
    assert "<script>alert" not in page
    assert '"><b>' not in page


def test_a_country_has_its_numbers_in_words_in_a_table_and_for_a_chart(small):
    page = small.get("/country/ITA/").content.decode()
    assert "In the 7 days to 10 January 2021, Italy counted 100 new cases a day" in page
    assert page.count('data-figure="/figures/ITA.json"') == 2
    assert "Sun 10 Jan 2021" in page
    per_million = small.get("/country/ITA/?per=million").content.decode()
    assert 'data-per="million"' in per_million
    assert "1.7" in per_million


def test_a_place_without_population_says_why_there_is_nothing_per_million(owid_file, bring_in, state_dir, site):
    lines = [line.replace("60000000.0", "") for line in owid_lines()]
    bring_in(owid_file(lines))
    page = site(state_dir).get("/country/ITA/?per=million").content.decode()
    assert "The population of Italy isn\u2019t known" in page
    assert 'data-per="million"' not in page


def test_a_chart_gets_one_axis_and_is_sent_once_for_a_snapshot(small):
    answer = small.get("/figures/ITA.json")
    figure = orjson.loads(answer.content)
    assert (figure["x0"], figure["length"], figure["population"]) == ("2021-01-01", 10, 60_000_000)
    assert figure["cases"] == {"new": [100] * 10, "mean": [None] * 6 + [100] * 4}
    assert small.get("/figures/ITA.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "address", ["/nope", "/country/XXX/", "/country/ita/", "/figures/XXX.json", "/country/ITA'--/"]
)
def test_what_is_not_there_answers_404_in_the_look(small, address):
    answer = small.get(address)
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


@pytest.mark.parametrize("address", ["/", "/country/ITA/", "/nope"])
def test_every_page_keeps_the_strict_policy(small, address):
    answer = small.get(address)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org)", page)


def test_sample_data_says_so_on_every_page(sample_state, site):
    browser = site(sample_state)
    for address in ("/", "/country/ITA/", "/country/ITA/?per=million"):
        assert (
            "<strong>Sample data.</strong> The numbers on this page are made up"
            in browser.get(address).content.decode()
        )
    assert browser.get("/version").json()["is_sample"] is True


def test_health_and_version(small, state_dir):
    assert (small.get("/healthz").status_code, small.get("/healthz").content) == (200, b"ok\n")
    version = small.get("/version").json()
    assert (version["version"], version["commit"]) == ("1.0.0", "abcdef0123456")
    assert shelf.snapshot_path(state_dir, "covid-cases", version["snapshot"]).exists()


def test_without_a_readable_snapshot_pages_answer_503_and_say_what_to_do(small, state_dir):
    pointer = shelf.pointer(state_dir, "covid-cases")
    broken = pointer.with_name("lake-broken.duckdb")
    broken.write_text("broken")
    shelf.point_at(state_dir, "covid-cases", "broken")
    for address in ("/", "/country/ITA/"):
        answer = small.get(address)
        assert answer.status_code == 503
        assert "manage.py data sample" in answer.content.decode()
    assert small.get("/figures/ITA.json").status_code == 503
    health = small.get("/healthz")
    assert health.status_code == 503
    assert "lake-broken.duckdb can't be read as a snapshot" in health.content.decode()
    assert small.get("/version").json()["snapshot"] is None


def test_a_release_made_to_fail_fails_its_exact_share_of_pages_only(sample_state, site):
    browser = site(sample_state, fault_percent=25.0)
    answers = [browser.get("/country/ITA/") for _ in range(40)]
    assert [answer.status_code for answer in answers[:8]] == [200, 200, 200, 500] * 2
    assert sum(answer.status_code == 500 for answer in answers) == 10
    assert "This release was made to fail, to try a rollback" in answers[3].content.decode()
    assert "Content-Security-Policy" in answers[3]
    assert {browser.get(address).status_code for address in ("/healthz", "/version") * 20} == {200}


def test_a_delay_is_felt_on_pages(sample_state, site):
    import time  # noqa: PLC0415

    browser = site(sample_state, fault_delay_ms=120)
    started = time.monotonic()
    assert browser.get("/").status_code == 200
    assert time.monotonic() - started >= 0.12


def test_there_are_enough_figures_to_choose_from():
    assert len(FIGURES) >= 8
    assert 4 <= len(read().figures) <= 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "it can't be read"),
        ("[[figure]]\nid='new_cases'\ntitle='x'", "the page needs a title"),
        ("title='x'", "it needs 1 to 12"),
        ("title='x'\ncolour='red'", "it knows no 'colour'"),
        ("title='x'\n[[figure]]\nid='cases'\ntitle='y'", "figure 1 asks for 'cases'; there are new_cases,"),
        ("title='x'\n[[figure]]\nid='new_cases'", "figure 1 needs a title"),
        ("title='x'\n[[figure]]\nid='new_cases'\ntitle='y'\nsize=3", "figure 1 may have an id and a title"),
        ("title='x'\n" + "[[figure]]\nid='new_cases'\ntitle='y'\n" * 2, "the figure new_cases stands twice"),
    ],
)
def test_a_mistake_in_the_front_page_stops_the_start_with_a_sentence(tmp_path, text, said):
    path = tmp_path / "front_page.toml"
    path.write_text(text)
    with pytest.raises(FrontPageError) as caught:
        read(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith("The insights site did not start")
