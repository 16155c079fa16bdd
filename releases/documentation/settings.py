"""docs/settings.md as text, made from the configuration, so that it can't say anything else."""

from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from portal.configuration import BASE_DIR, Configuration

HEAD = """# Settings

Every setting comes from the environment. This page is generated from `portal/configuration.py`
by `manage.py docs`; a check fails when it is stale.

| setting | is | default | meaning |
|---|---|---|---|
"""


def settings_page() -> str:
    """Will give the whole page."""
    return HEAD + "".join(_row(name, field) for name, field in Configuration.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    variable = field.alias or f"PORTAL_{name.upper()}"
    cells = (f"`{variable}`", _kind(field), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _kind(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    kinds = [kind for kind in (get_args(annotation) or (annotation,)) if kind is not type(None)]
    names = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
        Path: "path",
        SecretStr: "secret",
    }
    return names[kinds[0]] + _bounds(field)


def _bounds(field: FieldInfo) -> str:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    parts = [
        f"{word} {getattr(limit, sign):g}"
        for limit in field.metadata
        for sign, word in words.items()
        if getattr(limit, sign, None) is not None
    ]
    return f", {' '.join(parts)}" if parts else ""


def _default(field: FieldInfo) -> str:
    default = field.default
    if default is None or default is PydanticUndefined or default == "":
        return ""
    if isinstance(default, Path):
        return f"`{default.relative_to(BASE_DIR)}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
