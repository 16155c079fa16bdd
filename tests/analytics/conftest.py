"""What the tests of analytics share: small data files, an import, the site on a state folder of its own."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from analytics.operations import serving, shelf, snapshots
from analytics.sources import several
from analytics.sources.file import FileSource
from analytics.sources.sample import SampleSource

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data"
HEADINGS = (
    "iso_code,continent,location,date,total_cases,new_cases,new_cases_smoothed,"
    "total_deaths,new_deaths,new_deaths_smoothed,population"
)
SITE_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "analytics.views.insights.faults.FaultMiddleware",
]


def quiet(stage, done, total, /):
    """Progress that nobody looks at."""


def fetched(source, into, progress=quiet):
    """Will fetch the one file that a source has now."""
    [raw] = source.fetch(several.newest(source), into, progress)
    return raw


def owid_lines(days=10, first=date(2021, 1, 1)):
    """Will give a good file as a list of lines: Italy, Fiji and the world, 100, 1 and 101 new cases a day."""
    lines = [HEADINGS]
    for iso, continent, name, daily, people in (
        ("FJI", "Oceania", "Fiji", 1, 900_000),
        ("ITA", "Europe", "Italy", 100, 60_000_000),
        ("OWID_WRL", "", "World", 101, 7_800_000_000),
    ):
        for day in range(days):
            total = daily * (day + 1)
            mean = f"{daily}.0" if day >= 6 else ""
            lines.append(
                f"{iso},{continent},{name},{first + timedelta(days=day)},{total}.0,{daily}.0,{mean},"
                f"{day + 1}.0,1.0,{'1.0' if day >= 6 else ''},{people}.0"
            )
    return lines


@pytest.fixture
def owid_file(tmp_path):
    """Will write lines as a data file and give its path."""

    def write(lines, name="owid.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def state_dir(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def bring_in(state_dir):
    """Will import files of a form into the test's state folder, and let them serve."""

    def bring(*paths, form="owid"):
        made = snapshots.build(
            [FileSource(path) for path in paths], form=form, state_dir=state_dir, now=NOW, progress=quiet
        )
        serving.serve(state_dir, made.dataset, revision=made.revision)
        return made

    return bring


@pytest.fixture(scope="session")
def sample_state(tmp_path_factory):
    """A state folder in which the sample serves; read only."""
    folder = tmp_path_factory.mktemp("sample")
    made = snapshots.build([SampleSource()], form="sample", state_dir=folder, now=NOW, progress=quiet)
    serving.serve(folder, made.dataset, revision=made.revision)
    return folder


@pytest.fixture
def sample_pointer(sample_state):
    return shelf.pointer(sample_state, "covid-cases")


@pytest.fixture
def site(settings, tmp_path):
    """Will give a browser on the insights site, reading `state_dir`, with settings as a release would have them."""

    def browse(state_dir, **configuration):
        settings.STATE_DIR = state_dir
        settings.STATIC_ROOT = tmp_path
        settings.ROOT_URLCONF = "analytics.site_urls"
        settings.MIDDLEWARE = SITE_MIDDLEWARE
        settings.STORAGES = {
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }
        settings.CONFIGURATION = settings.CONFIGURATION.model_copy(
            update={"snapshot": None, "release_version": "1.0.0", "release_commit": "abcdef0123456", **configuration}
        )
        return Client(raise_request_exception=False)

    return browse


@pytest.fixture(scope="session")
def real():
    """Will give the path of a real data file, or skip the test by that name."""

    def path(name):
        if not (REAL / name).exists():
            pytest.skip(f"the real data file {name} is not on this machine")
        return REAL / name

    return path
