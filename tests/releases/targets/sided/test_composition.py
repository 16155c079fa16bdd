"""One environment, two services: CodeDeploy brings the release wholly to the side without visitors, the name moves."""

from releases.rules.digests import of_release
from releases.rules.observation import Health
from releases.targets.base import Artifact, TargetError
from releases.targets.codedeploy import config
from releases.targets.codedeploy.target import CodeDeploy
from releases.targets.sided.note import Side
from releases.targets.sided.places.nested import Nested
from releases.targets.sided.target import TwoSided
from simulator import stage
from tests.contracts.sided import Route53Rig, record


def test_codedeploy_for_the_service_and_route53_for_the_name(account):
    account.world.clock.run_at(0)
    stages = {side: stage.build(account.hand, name=f"shop-{side}") for side in Side}
    rig = Route53Rig(account)
    rig.change(record("a", 100), record("b", 0))
    account.advance(minutes=5)
    inner = {
        side: CodeDeploy(config.read(f"shop-{side}", made.target_config), account.client, account.world.now)
        for side, made in stages.items()
    }
    places = {side: Nested(f"shop-{side}", target) for side, target in inner.items()}
    target = TwoSided("shop", rig.mover, places, account.world.now)

    image = stages[Side.B].ground.image("1.1.0")
    digest = of_release(commit="0" * 40, artifact=image, configuration={})
    ref = target.start(Artifact("shop", "1.1.0", digest, "0" * 40, image=image), "shop-1")
    assert target.observe(ref).green is Health.STARTING
    until(account, lambda: target.observe(ref).green is Health.HEALTHY)
    assert target.observe(ref).blue is Health.HEALTHY
    until(account, lambda: said(target.shift, ref, 100) and target.observe(ref).seen == 100)
    target.finish(ref)
    seen = target.observe(ref)
    assert (seen.is_finished, seen.green, seen.blue) == (True, Health.HEALTHY, Health.HEALTHY)
    assert len(account.calls("codedeploy:CreateDeployment")) == 1
    # Back is only a matter of the name: the older release never stopped at its own side.
    target.abort(ref)
    account.advance(seconds=121)
    assert target.observe(ref).seen == 0
    target.clean(ref)
    assert target.observe(None).blue is Health.HEALTHY
    assert account.calls("codedeploy:StopDeployment") == []


def until(account, condition):
    for _ in range(120):
        if condition():
            return
        account.advance(seconds=30)
    raise AssertionError("it did not come true")


def said(verb, *words):
    try:
        verb(*words)
    except TargetError as error:
        if error.permanent:
            raise
        return False
    return True
