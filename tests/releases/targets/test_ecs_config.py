"""An environment's configuration for the ecs target: what it may say, and what is said of a mistake."""

import pytest

from releases.targets.cloud.fields import ConfigError
from releases.targets.ecs import config
from releases.targets.ecs.config import Hook, Strategy

GOOD = {"region": "eu-west-1", "cluster": "c", "service": "s", "family": "f", "container": "web"}


def test_what_is_left_out_takes_its_default():
    read = config.read("shop", GOOD)
    assert (read.strategy, read.port, read.weights) == (Strategy.BLUE_GREEN, 8000, (100,))
    assert read.pause_minutes == config.LONGEST_PAUSE_MINUTES


@pytest.mark.parametrize(
    ("strategy", "step", "weights"),
    [
        ("BLUE_GREEN", 25, (100,)),
        ("LINEAR", 25, (25, 50, 75, 100)),
        ("LINEAR", 30, (30, 60, 90, 100)),
        ("CANARY", 10, (10, 100)),
    ],
)
def test_the_strategy_says_which_weights_there_are(strategy, step, weights):
    assert config.read("shop", {**GOOD, "strategy": strategy, "step_percent": step}).weights == weights


def test_hooks_and_alarms_are_named():
    hook = {"function": "arn:f", "role": "arn:r", "stages": ["POST_TEST_TRAFFIC_SHIFT"]}
    read = config.read("shop", {**GOOD, "alarms": ["shop-5xx"], "hooks": [hook]})
    assert read.alarms == ("shop-5xx",)
    assert read.hooks == (Hook("arn:f", "arn:r", ("POST_TEST_TRAFFIC_SHIFT",)),)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cluster": ""}, "need cluster"),
        ({"moon": 1}, "know no moon"),
        ({"strategy": "ROLLING"}, "BLUE_GREEN, LINEAR, CANARY, not 'ROLLING'"),
        ({"strategy": "LINEAR", "step_percent": 2}, "from 3 to 99, not 2"),
        ({"step_percent": 2.5}, "whole number"),
        ({"port": True}, "port is a whole number"),
        ({"alarms": "shop-5xx"}, "alarms is a list"),
        ({"alarms": [1]}, "alarms is a list of texts"),
        ({"hooks": [{"function": "arn:f"}]}, "hooks is a list of objects"),
        ({"preview_url": 1}, "preview_url is a text"),
        ({"pause_minutes": 20_161}, "pause_minutes"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(wrong, said):
    with pytest.raises(ConfigError, match=said):
        config.read("shop", {**GOOD, **wrong})
