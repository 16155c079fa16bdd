"""The deploy program: in order, by change sets, shown and asked for; nothing happens unseen."""

import json
from dataclasses import replace

import pytest

from infra import deploy
from tests.infra import standing, templates


@pytest.fixture
def there(account):
    parameters = {"Certificate": standing.certificate(account)}
    stacks = ("packages", "network", "balancer")
    return standing.Standing(account, standing.environment("staging", stacks=stacks, **parameters))


def described(there, stack):
    name = there.environment.stack(stack)
    return there.account.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]


def test_it_shows_what_it_adds_and_asks_for_each_stack(there):
    there.up()
    assert [one.split()[1] for one in there.asked] == [
        f"verdigris-staging-{name}" for name in ("packages", "network", "balancer")
    ]
    assert "  Add      AWS::S3::Bucket PackagesBucket" in there.said
    assert there.said[-1] == "verdigris-staging-balancer is done."


def test_a_no_leaves_the_stack_as_it_is_and_stops(there):
    there.answer = False
    with pytest.raises(deploy.DeployError, match="verdigris-staging-packages is left as it is"):
        there.up()
    assert described(there, "packages")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert there.deployer.clients("s3").list_buckets()["Buckets"] == []


def test_a_change_set_that_was_answered_no_can_be_made_again(there):
    there.answer = False
    with pytest.raises(deploy.DeployError):
        there.up()
    there.answer = True
    there.up("packages")
    assert described(there, "packages")["StackStatus"] == "CREATE_COMPLETE"


def test_a_second_time_nothing_changes_and_nobody_is_asked(there):
    there.up()
    there.asked.clear()
    there.said.clear()
    there.up()
    assert there.asked == []
    assert there.said == [f"verdigris-staging-{name}: nothing changes." for name in ("packages", "network", "balancer")]


def test_a_changed_parameter_changes_the_one_alarm(there):
    there.up()
    there.said.clear()
    there.up("balancer", SlowSeconds="5")
    assert there.said == ["  Modify   AWS::CloudWatch::Alarm Slow", "verdigris-staging-balancer is done."]
    (alarm,) = there.account.client("cloudwatch").describe_alarms(AlarmNames=["verdigris-staging-slow"])["MetricAlarms"]
    assert alarm["Threshold"] == 5.0


def test_what_was_set_once_stays(there):
    there.up(SlowSeconds="5")
    there.up("balancer", ErrorsPercent="7")
    values = {one["ParameterKey"]: one["ParameterValue"] for one in described(there, "balancer")["Parameters"]}
    assert (values["SlowSeconds"], values["ErrorsPercent"]) == ("5", "7")


def test_a_failure_says_which_resource_and_why(there):
    there.up("packages", "network")
    missing = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-1111-1111-1111-111111111111"
    with pytest.raises(deploy.DeployError, match=r"verdigris-staging-balancer failed .*Listener.*ertificate"):
        there.up("balancer", Certificate=missing)


def test_a_parameter_that_nobody_says_is_asked_for_by_name(account):
    there = standing.Standing(account, standing.environment("staging", stacks=("balancer",)))
    with pytest.raises(deploy.DeployError, match=r"balancer\.yaml wants Vpc, and nothing says it"):
        there.up()


def test_a_stack_that_the_environment_has_not_is_refused(there):
    with pytest.raises(deploy.DeployError, match="staging has no portal"):
        there.up("portal")


def test_every_template_is_valid_and_short_enough(account):
    for name in ("staging", "production"):
        there = standing.Standing(account, standing.environment(name))
        there.deployer.validate()
        assert len(there.said) == len(there.environment.stacks)


def test_the_files_name_every_template_once():
    # The build makes no image of the notebooks, so that stack is a person's to add.
    assert sorted([*deploy.read("production").stacks, "notebooks"]) == templates.NAMES
    assert set(deploy.read("staging").stacks) <= set(templates.NAMES)


@pytest.mark.parametrize("name", ["production", "staging"])
def test_the_files_say_only_parameters_that_there_are(name):
    read = deploy.read(name)
    known = {parameter for stack in read.stacks for parameter in templates.read(stack).get("Parameters", {})}
    # Staging's own address and names are its template's, when it has one.
    assert set(read.parameters) - known == set()


def _stands_on(stack, environment):
    """The stacks that alone can give this one a parameter."""
    asked = {name for name, one in templates.read(stack)["Parameters"].items() if "Default" not in one}
    asked -= environment.parameters.keys()
    return {one for one in environment.stacks if templates.read(one).get("Outputs", {}).keys() & asked}


@pytest.mark.parametrize("name", ["production", "staging"])
def test_a_stack_comes_after_what_it_stands_on(name):
    environment = deploy.read(name)
    for number, stack in enumerate(environment.stacks):
        assert _stands_on(stack, environment) <= set(environment.stacks[:number]), stack


def test_what_is_written_takes_every_stack_down_before_what_it_stands_on():
    written = (deploy.FOLDER.parent / "docs" / "aws.md").read_text()
    (line,) = [one for one in written.splitlines() if one.startswith("for STACK in ")]
    order = line.removeprefix("for STACK in ").split()
    environment = replace(deploy.read("production"), stacks=order)
    assert sorted(order) == templates.NAMES
    for number, stack in enumerate(order):
        assert _stands_on(stack, environment) <= set(order[number:]), stack


def test_the_same_code_makes_the_same_package():
    assert deploy.pack() == deploy.pack()
    assert deploy.pack()[:2] == b"PK"


def test_the_command_line_says_what_is_wrong(monkeypatch, capsys, tmp_path):
    assert deploy.main(["up", "nowhere"]) == 1
    assert "nowhere.json can't be used" in capsys.readouterr().err
    assert deploy.main(["up", "staging", "--set", "Tasks"]) == 1
    assert "--set Tasks is no Name=Value" in capsys.readouterr().err


def test_the_command_line_hands_on_what_stands_after_the_dashes(account, capsys, tmp_path):
    (tmp_path / "file").write_text("{}")
    words = ["run", "staging", "--file", str(tmp_path / "file"), "--", "environment", "show", "x", "--as", "ada"]
    assert deploy.main(words) == 1
    assert "No stack of staging gives PortalCluster" in capsys.readouterr().err
    assert deploy.main(["outputs", "staging"]) == 0
    assert json.loads(capsys.readouterr().out) == {}


def test_config_needs_the_service(there):
    there.up()
    with pytest.raises(deploy.DeployError, match="No stack of staging gives EcsService, ReleaseRole yet"):
        there.deployer.config()


def test_a_files_texts_know_the_account_and_the_region(tmp_path):
    parameters = {"Prefix": "p-one", "Role": "arn:aws:iam::${Account}:role/x", "Where": "${Region}"}
    (tmp_path / "one.json").write_text(json.dumps({"region": "eu-west-3", "stacks": [], "parameters": parameters}))
    environment = deploy.read("one", folder=tmp_path)
    assert environment.stack("network") == "p-one-network"
    assert environment.parameters["Where"] == "${Region}"
