"""The ecs target: Amazon ECS brings green up and moves the traffic by itself, from one of our pauses to the next.

A pause hook before every production step is the promotion gate and the wait between steps; one after the last step
holds the bake while blue is warm. What was asked and what is done is what DescribeServiceDeployments says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portal.aws import CALL_LIMIT_S, Clients
from releases.rules.foresight import Foresight
from releases.rules.observation import Capabilities, Observation
from releases.targets.base import Artifact, Ref, TargetError
from releases.targets.cloud import quotas, task_definitions
from releases.targets.cloud.calls import told
from releases.targets.cloud.target_groups import TargetGroups
from releases.targets.ecs import astray, deployments, foresight, rules, services, view
from releases.targets.ecs.config import EcsConfig
from releases.targets.ecs.deployments import FORWARD, GOING_BACK, UNENDED, ServiceDeployment, Status
from releases.targets.ecs.rules import Rule
from releases.targets.ecs.services import Service

ACTIONS = frozenset(
    {
        "ecs:ContinueServiceDeployment",
        "ecs:StopServiceDeployment",
        *deployments.ACTIONS,
        *foresight.ACTIONS,
        *rules.ACTIONS,
        *services.ACTIONS,
        *task_definitions.ACTIONS,
    }
)
LOOK_EVERY_S = 5.0
# The most calls that one verb makes one after the other.
MOST_CALLS, MOST_CALLS_AT_START = 12, 13
# ECS says with these that a hook no longer waits; which of them is not documented.
PASSED = frozenset({"ClientException", "InvalidParameterException"})


@dataclass(frozen=True)
class Ecs:
    """One environment on an ECS service with the ECS deployment controller."""

    config: EcsConfig
    clients: Clients
    clock: Callable[[], datetime]

    @property
    def can(self) -> Capabilities:
        return Capabilities(
            weights=self.config.weights,
            pace=f"ECS moves by its strategy {self.config.strategy} and waits for the portal before every step",
            has_preview=bool(self.config.preview_url),
            keeps_blue_warm=False,
            call_limit_s=MOST_CALLS * CALL_LIMIT_S,
            start_limit_s=MOST_CALLS_AT_START * CALL_LIMIT_S,
            look_every_s=LOOK_EVERY_S,
            rollback_s=60.0,
        )

    def observe(self, ref: Ref | None) -> Observation:
        """Will tell what ECS says now.

        Raises TargetError when it does not answer, or does not show a deployment (yet).
        """
        if ref is None:
            return self._between()
        deployment = self._look(ref)
        if deployment is None:
            service = services.describe(self.clients, self.config)
            return view.between(service.wanted, service.running)
        later = self._later(deployment)
        if later is not None and self._is_way_back(later, deployment):
            return view.going_back(deployment, later)
        if deployment.status is Status.SUCCESSFUL:
            return view.finished(deployment, later)
        if later is not None:
            return view.replaced(deployment, later)
        # Once green has traffic its images have been looked at.
        is_new = deployment.status in FORWARD and deployment.target.running and not deployment.target.share
        green = deployments.revision(self.clients, deployment.target.revision) if is_new else None
        seen = view.of(deployment, self.config, green)
        strays = astray.find(self.clients, deployment)
        return replace(seen, seen=strays.seen, message=strays.sentence) if strays else seen

    def start(self, artifact: Artifact, token: str) -> Ref:
        """Will register the release's task definition and have ECS bring it up beside blue, or find that it did so.

        Raises TargetError: not permanent while another deployment of the service runs or Fargate has no room for a
        second colour; permanent while visitors are sent to where green would stand.
        """
        definition = task_definitions.register(self.clients, self.config, artifact, token)
        found = self._find(definition)
        if found:
            return Ref(found)
        self._refuse_while_busy()
        service = services.describe(self.clients, self.config)
        if service.controller != "ECS":
            sentence = f"{self.config.service} is deployed by {service.controller}, not by ECS itself"
            raise TargetError("controller-wrong", sentence, permanent=True)
        self._refuse_astray(service)
        if service.task_definition != definition:
            quotas.refuse_without_room(self.clients, definition, service.wanted, now=self.clock())
            services.release(self.clients, self.config, service, definition)
        found = self._find(definition)
        if not found:
            raise TargetError("deployment-unseen", "ECS does not show the new service deployment yet", permanent=False)
        return Ref(found)

    def shift(self, ref: Ref, weight: int) -> None:
        """Will let ECS take its next step, when that leads towards `weight`; 0 takes everything back.

        A rule that was changed by hand does again what ECS told it.

        Raises TargetError: permanent for an unknown or ended deployment, or a weight that is not its own or is lower
        than green's; not permanent while no task of green runs.
        """
        deployment = self._known(ref)
        _refuse_weight(deployment, weight, (0, *self.config.weights))
        if deployment.status is Status.SUCCESSFUL:
            return
        if weight == deployment.target.share:
            self._put_right(deployment)
        elif weight == 0:
            self._stop(deployment.arn)
        elif not deployment.target.running:
            raise TargetError("green-not-up", "No task of green runs, so it gets no visitors", permanent=False)
        else:
            self._go_on(deployment)

    def finish(self, ref: Ref) -> None:
        """Will let ECS end the bake and take blue down.

        Raises TargetError, permanent when green does not have all traffic.
        """
        deployment = self._known(ref)
        if deployment.status is Status.SUCCESSFUL:
            return
        if deployment.target.share != 100:
            raise TargetError("green-not-whole", "Green does not have all traffic yet", permanent=True)
        self._go_on(deployment)

    def abort(self, ref: Ref) -> None:
        """Will give all traffic to blue: by ECS's own rollback while the deployment runs, else by a new deployment.

        Raises TargetError, permanent when another release stands where the old blue was, or nothing served before; not
        permanent while blue would not answer.
        """
        if not _is_ours(ref):
            return
        self._refuse_into_nothing(ref)
        # Asked first and looked at afterwards: most of the time this is the whole way back.
        if self._stop(ref.outside_id):
            return
        deployment = self._known(ref)
        if deployment.status in FORWARD:
            sentence = f"ECS would not roll {deployment.name} back yet ({view.status_of(deployment)})"
            raise TargetError("not-stopped", sentence, permanent=False)
        is_over = deployment.status is Status.SUCCESSFUL or deployment.target.share
        if deployment.status not in GOING_BACK and is_over:
            self._put_back(deployment)

    def clean(self, ref: Ref) -> None:
        """Will have ECS take green down; its requests in flight end first.

        Raises TargetError, permanent while it has traffic.
        """
        deployment = self._look(ref)
        if deployment is None or deployment.status in GOING_BACK:
            return
        if deployment.status in FORWARD and not deployment.target.share:
            self._stop(deployment.arn)
        elif self.observe(ref).seen:
            raise TargetError("green-has-traffic", "It still has visitors, so it stays", permanent=True)

    def restore(self) -> None:
        """Will send all visitors to what ECS runs again; while a deployment runs the weights are ECS's own business.

        Raises TargetError.
        """
        if deployments.history(self.clients, self.config, statuses=UNENDED):
            return
        own, rule = self._production(services.describe(self.clients, self.config))
        if rule is not None and rule.share_of(own) != 100:
            rules.send_all(self.clients, rule, own)

    def adopt(self) -> None:
        """Will refuse: ECS alone says which revision serves.

        Raises TargetError, permanent.
        """
        sentence = "A rule that was changed by hand can't be adopted, for ECS would not know of it"
        raise TargetError("adopt-impossible", f"{sentence}; put it back, or release what should serve", permanent=True)

    def foresee(self, ref: Ref, weights: Sequence[int]) -> Foresight:
        """Will list the pauses that are going to be ended, and check what would stop that.

        Raises TargetError, permanent for an unknown deployment.
        """
        return foresight.of(self.clients, self.config, self._known(ref), weights, now=self.clock())

    def target_groups(self) -> TargetGroups:
        """Will say which target group each colour has while a release is on its way.

        Raises TargetError, not permanent when none is.
        """
        listed = deployments.history(self.clients, self.config, statuses=UNENDED)
        if not listed:
            raise TargetError("nothing-on-its-way", "ECS has no service deployment on its way", permanent=False)
        green = deployments.revision(self.clients, listed[0].revision)
        return TargetGroups(blue=green.other_target_group, green=green.target_group, listener=green.listener)

    def _look(self, ref: Ref) -> ServiceDeployment | None:
        """None for what never was a service deployment; one that ECS does not show is an error, and asked again."""
        if not _is_ours(ref):
            return None
        found = deployments.describe(self.clients, [ref.outside_id]).get(ref.outside_id)
        if found is None:
            sentence = f"ECS does not show the service deployment {ref.outside_id}"
            raise TargetError("deployment-unseen", sentence, permanent=False)
        return found

    def _known(self, ref: Ref) -> ServiceDeployment:
        found = self._look(ref)
        if found is None:
            raise TargetError("rollout-unknown", "Nothing of this rollout runs here", permanent=True)
        return found

    def _between(self) -> Observation:
        running = deployments.history(self.clients, self.config, statuses=UNENDED)
        if running:
            deployment = self._known(Ref(running[0].arn))
            green = deployment.target
            if deployment.stage == "CLEAN_UP" and green.share == 100:
                return view.between(green.wanted, green.running)  # it is blue: what it replaced only leaves now
            seen = view.of(deployment, self.config)
            return replace(seen, asked=seen.seen)  # whoever began it, ECS does what it was asked
        service = services.describe(self.clients, self.config)
        own, rule = self._production(service)
        return view.between(service.wanted, service.running, astray=_astray(own, rule))

    def _production(self, service: Service) -> tuple[str, Rule | None]:
        """The target group of the one revision that serves, and the rule that leads to it, where there is one."""
        if len(service.revisions) != 1:
            return "", None
        revision = deployments.revision(self.clients, service.revisions[0])
        return revision.target_group, rules.describe(self.clients, revision.listener)

    def _refuse_astray(self, service: Service) -> None:
        """Green would have visitors before anybody promoted it."""
        astray = _astray(*self._production(service))
        if astray:
            sentence = f"The production rule sends {astray} % of the visitors to where green would stand"
            raise TargetError("side-has-traffic", f"{sentence}; put it back first", permanent=True)

    def _refuse_into_nothing(self, ref: Ref) -> None:
        """Whether ECS waits for blue on its way back is not documented; it starts its tasks again by itself."""
        try:
            deployment = self._look(ref)
        except TargetError:
            return  # a look that fails holds no rollback up
        if deployment is None or deployment.status not in FORWARD:
            return
        green, sources = deployment.target, deployment.sources
        # A blue that is being retired comes up again only because ECS is asked to roll back.
        is_blue_down = any(one.wanted for one in sources) and not any(one.running for one in sources)
        if green.share and green.running and is_blue_down:
            sentence = f"No task of blue runs, so green keeps its {green.share} % until ECS has started one"
            raise TargetError("blue-not-up", sentence, permanent=False)

    def _later(self, deployment: ServiceDeployment) -> ServiceDeployment | None:
        """The service's newest deployment after this one, where this one has ended otherwise than by going back."""
        has_ended = deployment.status is Status.SUCCESSFUL or (
            deployment.status not in UNENDED and deployment.target.share
        )
        if not has_ended:
            return None
        newest = deployments.history(self.clients, self.config)[0]
        is_later = newest.created_at > deployment.created_at
        return self._known(Ref(newest.arn)) if is_later else None

    def _is_way_back(self, later: ServiceDeployment, deployment: ServiceDeployment) -> bool:
        """Only a way back runs the very task definition that was blue: every release has one of its own."""
        blue = deployment.sources[0].revision if deployment.sources else ""
        found = deployments.revisions(self.clients, [one for one in (later.target.revision, blue) if one])
        after = found.get(later.target.revision)
        return after is not None and blue in found and found[blue].task_definition == after.task_definition

    def _find(self, definition: str) -> str:
        """The service deployment of this very task definition; "" where ECS shows none.

        A deployment that was begun and forgotten in a crash is looked for within moments: it is among the newest.
        """
        listed = deployments.history(self.clients, self.config)[: deployments.AT_MOST]
        runs = deployments.revisions(self.clients, [one.revision for one in listed if one.revision])
        ours = (one.arn for one in listed if one.revision in runs and runs[one.revision].task_definition == definition)
        return next(ours, "")

    def _refuse_while_busy(self) -> None:
        for other in deployments.history(self.clients, self.config, statuses=UNENDED):
            sentence = f"ECS is busy with the service deployment {other.arn} ({other.status}), which is not this one's"
            raise TargetError("deployment-in-progress", sentence, permanent=False)

    def _go_on(self, deployment: ServiceDeployment) -> None:
        """Ends the pause that waits. Each has an id of its own, so saying it again never ends the next one."""
        if not deployment.pause:
            return
        try:
            with told(f"ECS to continue {deployment.name}"):
                self.clients("ecs").continue_service_deployment(
                    serviceDeploymentArn=deployment.arn, hookId=deployment.pause, action="CONTINUE"
                )
        except TargetError as error:
            if error.code not in PASSED or self._known(Ref(deployment.arn)).pause == deployment.pause:
                raise

    def _stop(self, arn: str) -> bool:
        """Has ECS roll the deployment back; False where it has ended, or is on its way back already."""
        try:
            with told(f"ECS to roll {arn.rpartition('/')[2]} back"):
                self.clients("ecs").stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        except TargetError as error:
            if error.code == "ConflictException":
                return False
            raise
        return True

    def _put_right(self, deployment: ServiceDeployment) -> None:
        strays = astray.find(self.clients, deployment)
        if strays is not None:
            astray.put_back(self.clients, strays)

    def _put_back(self, deployment: ServiceDeployment) -> None:
        """Brings the older task definition back, once: its service deployment is looked for before."""
        if not deployment.sources:
            raise TargetError("no-blue", "Nothing served before this release, so there is no way back", permanent=True)
        later = self._later(deployment)
        is_ours = later is None or self._is_way_back(later, deployment)
        if later is not None and not is_ours:
            self._refuse_other(deployment, later)
            return
        if later is not None and later.status in {*UNENDED, Status.SUCCESSFUL}:
            return
        older = deployments.revision(self.clients, deployment.sources[0].revision).task_definition
        service = services.describe(self.clients, self.config)
        # Asked for already, and not listed yet; where an earlier way back failed, it is asked for anew.
        if later is not None or service.task_definition != older:
            services.put_back(self.clients, self.config, service, older, is_again=later is not None)

    def _refuse_other(self, deployment: ServiceDeployment, later: ServiceDeployment) -> None:
        if view.finished(deployment, later).seen:
            sentence = f"Another release, service deployment {later.name}, stands where the old blue was"
            raise TargetError("old-blue-gone", sentence, permanent=True)


def _refuse_weight(deployment: ServiceDeployment, weight: int, weights: Sequence[int]) -> None:
    share = deployment.target.share
    if weight not in weights:
        stops = ", ".join(f"{one} %" for one in weights[1:])
        raise TargetError("weight-impossible", f"ECS stops at {stops} here, not at {weight} %", permanent=True)
    if deployment.status is Status.SUCCESSFUL:
        if weight != 100:
            raise TargetError("already-finished", "This rollout is finished; its share can't change", permanent=True)
    elif 0 < weight < share:
        sentence = f"ECS can't lower green's share from {share} % to {weight} %. Go on, or roll back"
        raise TargetError("weight-lower", sentence, permanent=True)


def _astray(own: str, rule: Rule | None) -> int:
    return 100 - rule.share_of(own) if rule is not None else 0


def _is_ours(ref: Ref) -> bool:
    return ref.outside_id.startswith("arn:")
