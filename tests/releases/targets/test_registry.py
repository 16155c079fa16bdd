import sys

import pytest

from releases.measures import registry as measures
from releases.measures.base import MeasureError
from releases.targets import registry
from releases.targets.base import TargetError
from releases.targets.memory import MemoryTarget
from releases.targets.onprem.target import OnPremises
from tests.releases.targets.onprem.test_config import GOOD


def test_a_memory_target_is_the_same_each_time():
    first = registry.target_for("memory", "shop-test", {})
    assert isinstance(first, MemoryTarget)
    assert registry.target_for("memory", "shop-test", {}) is first
    assert registry.target_for("memory", "shop-other", {}) is not first


def test_an_on_premises_target_is_made_from_the_environment():
    target = registry.target_for("onprem", "shop-production", GOOD)
    assert isinstance(target, OnPremises)
    assert target.site.name == "shop-production"
    environment = target.site.environment
    assert environment["PORTAL_SURFACE"] == "insights"
    assert environment["PATH"].startswith(str(sys.executable).rpartition("/")[0])
    assert not {"PORTAL_SECRET_KEY", "DATABASE_URL", "PORTAL_LEDGER_KEY"} & set(environment)


def test_the_copies_share_the_key_of_embedded_charts_only_where_there_are_any(settings):
    def environment():
        return registry.target_for("onprem", "shop-production", GOOD).site.environment

    assert not {"PORTAL_EMBED_ORIGINS", "PORTAL_EMBED_KEY"} & set(environment())
    settings.CONFIGURATION = settings.CONFIGURATION.model_copy(update={"embed_origins": "https://news.example.org"})
    assert environment()["PORTAL_EMBED_ORIGINS"] == "https://news.example.org"
    assert environment()["PORTAL_EMBED_KEY"] == settings.EMBED_KEY


@pytest.mark.parametrize(("kind", "said"), [("moon", "There is no target 'moon'; there are"), ("onprem", "needs live")])
def test_a_wrong_environment_is_told_in_a_sentence(kind, said):
    with pytest.raises(TargetError, match=said) as caught:
        registry.target_for(kind, "shop-test", {})
    assert caught.value.permanent
    assert not caught.value.message.endswith(".")


def test_measures_are_found_too():
    assert measures.measure_for("memory", "x", {}) is measures.measure_for("memory", "x", {})
    assert measures.measure_for("haproxy", "shop-production", GOOD)
    for kind, said in (("moon", "There is no measure"), ("haproxy", "needs live")):
        with pytest.raises(MeasureError, match=said):
            measures.measure_for(kind, "x", {})
