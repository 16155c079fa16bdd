"""Each mistake in a configuration is a sentence."""

import pytest

from releases.targets.cloud.fields import ConfigError
from releases.targets.sided import config
from releases.targets.sided.note import Side

LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/1/2"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:CodeDeployHook_shop-swap"
ALIAS = {"zone_id": "Z2", "dns_name": "a.elb.amazonaws.com"}


def route53(**words):
    sides = {"a": {"alias": ALIAS, "health_check": "h"}, "b": {"values": {"A": ["192.0.2.1"]}, "health_check": "h"}}
    return {"region": "eu-west-1", "zone_id": "/hostedzone/Z1", "name": "Shop.Example.org.", "sides": sides, **words}


def test_a_name_and_its_zone_are_read_as_people_write_them():
    read = config.read_route53(route53())
    assert (read.zone_id, read.name, read.types, read.ttl_s) == ("Z1", "shop.example.org", ("A",), 60)
    assert read.answers[Side.A].alias.evaluates_health
    assert read.answers[Side.B].values == {"A": ("192.0.2.1",)}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"types": ["CNAME", "A"]}, "types are"),
        ({"types": ["TXT"]}, "types are"),
        ({"types": []}, "types are"),
        ({"name": "no name"}, "no DNS name"),
        ({"ttl_s": -1}, "ttl_s is a whole number"),
        ({"is_protected": "yes"}, "is_protected is true or false"),
        ({"colour": "blue"}, "knows no colour"),
        ({"zone_id": ""}, "zone_id is a text"),
        ({"sides": {"a": {}}}, "sides is an object"),
        ({"sides": {"a": {}, "b": {}}}, "either an alias or values"),
        ({"sides": {"a": {"values": {"AAAA": ["::1"]}}, "b": {"alias": ALIAS}}}, "a list for each of A"),
        ({"sides": {"a": {"values": {"A": "192.0.2.1"}}, "b": {"alias": ALIAS}}}, "a list for each of A"),
        ({"sides": {"a": {"alias": "x"}, "b": {"alias": ALIAS}}}, "alias is an object"),
        ({"sides": {"a": {"alias": ALIAS}, "b": {"alias": ALIAS, "identifier": "a"}}}, "identifier of its own"),
    ],
)
def test_a_route53_mistake_is_a_sentence(words, told):
    with pytest.raises(ConfigError, match=told):
        config.read_route53(route53(**words))


def test_a_side_needs_something_that_tells_how_it_does():
    with pytest.raises(ConfigError, match="health_check or a target_group"):
        config.read_sides("shop", {"sides": {"a": {"health_check": "h"}, "b": {}}})
    with pytest.raises(ConfigError, match="the kind of a target"):
        config.read_sides("shop", {"sides": {"a": {"health_check": "h"}, "b": {"place": {"cluster": "x"}}}})
    read = config.read_sides("shop", {"sides": {"a": {"health_check": "h"}, "b": {"place": {"kind": "ecs"}}}})
    assert read[Side.A].name == "side a of shop"


def test_a_listener_has_two_target_groups():
    sides = {side: {"target_group": f"group-{side}"} for side in "ab"}
    read = config.read_listener({"arn": LISTENER, "sides": sides, "stickiness_s": 60})
    assert not read.is_rule
    assert config.read_listener({"arn": LISTENER.replace("listener/", "listener-rule/"), "sides": sides}).is_rule
    for wrong in (
        {"arn": "arn:aws:x", "sides": sides},
        {"arn": LISTENER, "sides": {side: {"target_group": "g"} for side in "ab"}},
    ):
        with pytest.raises(ConfigError):
            config.read_listener(wrong)


def test_a_function_is_named_by_its_whole_arn():
    assert config.read_function({"function": FUNCTION, "sides": {}}) == FUNCTION
    for wrong in ("swap", f"{FUNCTION}:live", ""):
        with pytest.raises(ConfigError):
            config.read_function({"function": wrong})
