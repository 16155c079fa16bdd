import pytest
from pydantic import ValidationError

from portal import configuration
from releases.documentation import settings as documentation


def explained(**environment: str) -> str:
    with pytest.raises(ValidationError) as caught:
        configuration.Configuration(**environment)
    return configuration.explain(caught.value)


def test_a_wrong_number_names_setting_value_and_wish() -> None:
    assert "PORTAL_PORT is 'eighty'" in explained(port="eighty")
    assert "PORTAL_WEB_WORKERS is '0': input should be greater than or equal to 1." in explained(web_workers="0")


def test_every_mistake_is_told_at_once() -> None:
    text = explained(port="70000", tick_s="0", launcher="magic")
    assert text.count("PORTAL_") == 3
    assert text.endswith("See docs/settings.md.")


def test_the_settings_page_has_a_row_for_every_setting() -> None:
    page = documentation.settings_page()
    for name, field in configuration.Configuration.model_fields.items():
        assert f"| `{field.alias or f'PORTAL_{name.upper()}'}` |" in page
        assert field.description
    assert str(configuration.BASE_DIR) not in page
