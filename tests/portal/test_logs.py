import asyncio
import io
import json
import logging
import logging.config

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal import logs


def written(level: str = "INFO") -> tuple[logging.Logger, io.StringIO]:
    made = logs.configuration(level)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    configurator = logging.config.DictConfigurator(made)
    handler.setFormatter(configurator.configure_formatter(dict(made["formatters"]["json"])))
    handler.addFilter(logs.Context())
    logger = logging.Logger("test")  # noqa: LOG001 - one of its own, that no other test sees
    logger.addHandler(handler)
    return logger, stream


def test_a_line_says_what_it_is_about() -> None:
    logger, stream = written()
    with logs.about(rollout_id=7, environment="insights-production"), logs.about(release="1.1.0"):
        logger.warning("Green takes %s %%.", 25)
    logger.info("after")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["message"] == "Green takes 25 %."
    assert (first["rollout_id"], first["environment"], first["release"]) == (7, "insights-production", "1.1.0")
    assert {"at", "level", "logger", "process"} <= first.keys()
    assert "rollout_id" not in second


def test_a_fact_without_a_place_is_refused() -> None:
    with pytest.raises(TypeError, match="the logs know no colour"), logs.about(colour="red"):
        pass


def test_every_answer_carries_the_requests_id() -> None:
    logger, stream = written()

    def view(_request: HttpRequest) -> HttpResponse:
        logger.info("inside")
        return HttpResponse()

    given = "0f8fad5b-d9cb-469f-a165-70867728950e"
    response = logs.name_requests(view)(RequestFactory().get("/", headers={"X-Request-ID": given}))
    assert response.headers["X-Request-ID"] == given
    assert json.loads(stream.getvalue())["request_id"] == given


def test_an_id_that_is_none_is_replaced() -> None:
    answer = logs.name_requests(lambda _request: HttpResponse())
    response = answer(RequestFactory().get("/", headers={"X-Request-ID": 'x"} forged'}))
    assert "forged" not in response.headers["X-Request-ID"]


def test_streams_carry_it_too() -> None:
    async def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    response = asyncio.run(logs.name_requests(view)(RequestFactory().get("/events")))
    assert response.headers["X-Request-ID"]
