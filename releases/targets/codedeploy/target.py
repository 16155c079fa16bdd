"""The codedeploy target: CodeDeploy brings green up beside blue on Fargate, holds it, moves the traffic, ends blue.

What was asked and what is done is what CodeDeploy shows: a deployment's id is the rollout's outside id, and whatever
takes it back is found from it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.aws import CALL_LIMIT_S, Clients
from releases.rules.foresight import Foresight
from releases.rules.observation import Capabilities, Health, Observation
from releases.targets.base import Artifact, Ref, TargetError
from releases.targets.cloud import quotas, task_definitions
from releases.targets.cloud.calls import told
from releases.targets.cloud.target_groups import TargetGroups
from releases.targets.codedeploy import astray, deployments, foresight, services, view
from releases.targets.codedeploy.config import CodeDeployConfig
from releases.targets.codedeploy.deployments import BACK, Deployment, Progress, Status, TaskSet

ACTIONS = frozenset(
    {
        *("codedeploy:ContinueDeployment", "codedeploy:StopDeployment"),
        *deployments.ACTIONS,
        *foresight.ACTIONS,
        *services.ACTIONS,
        *task_definitions.ACTIONS,
    }
)
# The most calls that one verb makes one after the other: a look at everything before a promotion, and a start beside
# another deployment. A test counts them.
MOST_CALLS, MOST_CALLS_AT_START = 16, 16
LOOK_EVERY_S = 5.0
# How long after a stop CodeDeploy may take to show its own rollback; not documented.
OWN_ROLLBACK = timedelta(seconds=30)
COMPLETED = "DeploymentAlreadyCompletedException"
NOT_READY = "DeploymentIsNotInReadyStateException"
BUSY = "DeploymentLimitExceededException"
READY_WAIT, TERMINATION_WAIT = "READY_WAIT", "TERMINATION_WAIT"


@dataclass(frozen=True)
class CodeDeploy:
    """One environment on an ECS service with the CODE_DEPLOY deployment controller."""

    config: CodeDeployConfig
    clients: Clients
    clock: Callable[[], datetime]

    @property
    def can(self) -> Capabilities:
        return Capabilities(
            weights=(100,),
            pace="CodeDeploy moves the traffic by the deployment group's own configuration",
            holds_before_traffic=self.config.holds,
            has_preview=bool(self.config.preview_url),
            keeps_blue_warm=False,
            call_limit_s=MOST_CALLS * CALL_LIMIT_S,
            start_limit_s=MOST_CALLS_AT_START * CALL_LIMIT_S,
            look_every_s=LOOK_EVERY_S,
            rollback_s=30.0,
        )

    def observe(self, ref: Ref | None) -> Observation:
        """Will tell what CodeDeploy, ECS and the load balancer say now.

        Raises TargetError when one of them does not answer.
        """
        if ref is None:
            return self._between()
        deployment = deployments.describe(self.clients, ref.outside_id)
        if deployment is None:
            primary = services.describe(self.clients, self.config).primary
            blue = Health.HEALTHY if primary and primary.running else Health.ABSENT
            return Observation(Health.ABSENT, 0, 0, blue, outside_status="CodeDeploy knows nothing of this rollout")
        if deployment.is_active:
            progress = deployments.progress(self.clients, self.config, deployment.id)
            seen = view.of_active(deployment, progress, self.config, blue=self._blue(progress))
            strays = astray.find(self.clients, self.config, deployment, progress)
            return replace(seen, seen=strays.seen, message=strays.sentence) if strays else seen
        service = services.describe(self.clients, self.config)
        listener = services.listener(self.clients, self.config)
        back = self._back(deployment)
        if deployment.status is Status.SUCCEEDED and back is None:
            return view.finished(deployment, service, listener)
        trouble = deployments.progress(self.clients, self.config, deployment.id).trouble
        return view.ended(deployment, service, listener, trouble=trouble, back=back)

    def start(self, artifact: Artifact, token: str) -> Ref:
        """Will register the release's task definition and have CodeDeploy bring it up, or find that it did so.

        Raises TargetError: not permanent while another deployment of the group runs or Fargate has no room for a
        second colour; permanent while visitors are sent to where green would stand.
        """
        found = deployments.find(self.clients, self.config, token)
        if found is not None:
            return Ref(found.id)
        group = services.group_of(self.clients, self.config)
        if self.config.holds and not group.holds:
            sentence = f"The deployment group {self.config.group} does not wait before it moves traffic"
            advice = "set its deploymentReadyOption to STOP_DEPLOYMENT with a time to wait"
            raise TargetError("group-does-not-hold", f"{sentence}; {advice}", permanent=True)
        service = services.describe(self.clients, self.config)
        self._refuse_astray(group, service)
        primary = service.primary
        definition = task_definitions.register(self.clients, self.config, artifact, token)
        quotas.refuse_without_room(self.clients, definition, primary.wanted if primary else 0, now=self.clock())
        blue = primary.task_definition if primary else ""
        return Ref(self._create(token, definition, blue, is_at_once=False))

    def shift(self, ref: Ref, weight: int) -> None:
        """Will let CodeDeploy move the traffic to green, once it holds; 0 takes back what somebody gave it.

        A listener that was changed by hand does again what CodeDeploy told it.

        Raises TargetError: permanent for an unknown or ended deployment or another weight; not permanent while green
        is not ready.
        """
        deployment = self._known(ref)
        if _is_done(deployment, weight):
            return
        progress = deployments.progress(self.clients, self.config, deployment.id)
        strays = astray.find(self.clients, self.config, deployment, progress)
        if strays is not None and strays.given == weight:
            astray.put_back(self.clients, self.config, deployment, strays)
        elif weight == 0:
            if progress.green.share or progress.has_begun("BeforeAllowTraffic"):
                self._stop(deployment.id)
        elif deployment.status is Status.READY and not deployment.is_termination_wait:
            self._refuse_silent(deployment, progress)
            self._continue(deployment, READY_WAIT)
        elif not progress.has_begun("BeforeAllowTraffic"):
            where = view.status_of(deployment, progress)
            raise TargetError("green-not-up", f"Green is not ready to be promoted yet ({where})", permanent=False)

    def finish(self, ref: Ref) -> None:
        """Will let CodeDeploy end its wait, and blue with it.

        Raises TargetError, permanent when green does not have all traffic.
        """
        deployment = self._known(ref)
        if deployment.status is Status.SUCCEEDED:
            return
        share = deployments.progress(self.clients, self.config, deployment.id).green.share
        if not deployment.is_active or round(share) != 100:
            raise TargetError("green-not-whole", "Green does not have all traffic yet", permanent=True)
        if deployment.is_termination_wait:
            self._continue(deployment, TERMINATION_WAIT)

    def abort(self, ref: Ref) -> None:
        """Will give all traffic to blue: by CodeDeploy's own rollback while the deployment runs, else by a new one.

        A deployment that takes another back goes on by itself; say it again until it is seen.
        Raises TargetError, permanent when nothing served before; not permanent while blue would not answer.
        """
        self._refuse_into_nothing(ref.outside_id)
        # Asked first and looked at afterwards: most of the time this is the whole way back.
        if self._stop(ref.outside_id):
            return
        deployment = deployments.describe(self.clients, ref.outside_id)
        if deployment is None or deployment.is_active:
            return
        back = self._back(deployment)
        if back is not None and back.is_active:
            if back.status is Status.READY:
                self._continue(back, READY_WAIT)
        elif (back is None or back.status is not Status.SUCCEEDED) and self._has_traffic(deployment):
            self._refuse_early(deployment)
            self._go_back(deployment)

    def clean(self, ref: Ref) -> None:
        """Will have CodeDeploy take green down; its requests in flight end first.

        Raises TargetError, permanent while it has traffic.
        """
        deployment = deployments.describe(self.clients, ref.outside_id)
        if deployment is None:
            return
        if deployment.is_active:
            share = round(deployments.progress(self.clients, self.config, deployment.id).green.share)
        else:
            share = self._share(deployment)
        if share:
            raise TargetError("green-has-traffic", "It still has visitors, so it stays", permanent=True)
        if deployment.is_active:
            self._stop(deployment.id)
            return
        back = self._back(deployment)
        if back is not None and back.is_termination_wait and back.is_active:
            # To the way back, green is the old colour that is kept for a while.
            self._continue(back, TERMINATION_WAIT)

    def restore(self) -> None:
        """Will send every visitor of the production listener to the primary task set again.

        Raises TargetError.
        """
        primary = services.describe(self.clients, self.config).primary
        listener = services.listener(self.clients, self.config)
        if primary and primary.target_group and round(listener.shares.get(primary.target_group, 0.0)) != 100:
            services.route(self.clients, listener, primary.target_group)

    def adopt(self) -> None:
        """Will refuse: CodeDeploy alone makes a task set the primary one.

        Raises TargetError, permanent.
        """
        sentence = "A listener that was changed by hand can't be adopted, for CodeDeploy would not know of it"
        raise TargetError("adopt-impossible", f"{sentence}; put it back, or release what should serve", permanent=True)

    def foresee(self, ref: Ref, weights: Sequence[int]) -> Foresight:
        """Will list what promoting calls, and check what would stop it.

        Raises TargetError, permanent for an unknown deployment.
        """
        deployment = self._known(ref)
        progress = deployments.progress(self.clients, self.config, deployment.id)
        return foresight.of(self.clients, self.config, deployment, progress, weights, now=self.clock())

    def target_groups(self) -> TargetGroups:
        """Will say which target group each colour has while a release is on its way.

        Raises TargetError, not permanent when none is.
        """
        sets = services.describe(self.clients, self.config).colours
        if len(sets) < 2:
            raise TargetError("nothing-on-its-way", "Only one task set runs, so there is no green", permanent=False)
        listener = services.group_of(self.clients, self.config).listener
        return TargetGroups(blue=sets[1].target_group, green=sets[0].target_group, listener=listener)

    def _between(self) -> Observation:
        service = services.describe(self.clients, self.config)
        listener = services.listener(self.clients, self.config)
        return view.between(service, listener, is_busy=len(service.colours) > 1)

    def _known(self, ref: Ref) -> Deployment:
        return deployments.refuse_foreign(deployments.describe(self.clients, ref.outside_id), ref.outside_id)

    def _refuse_astray(self, group: services.Group, service: services.Service) -> None:
        """Green would have visitors before anybody promoted it. During a deployment they are CodeDeploy's to move."""
        primary = service.primary
        if primary is None or len(service.colours) > 1:
            return
        astray = round(100 - services.listener_of(self.clients, group).shares.get(primary.target_group, 0.0))
        if astray:
            sentence = f"The production listener sends {astray} % past the primary task set, to where green would stand"
            raise TargetError("side-has-traffic", f"{sentence}; put it back first", permanent=True)

    def _refuse_into_nothing(self, deployment_id: str) -> None:
        """A stop moves everybody at once, whether blue answers or not; ECS starts its tasks again by itself."""
        try:
            progress = deployments.progress(self.clients, self.config, deployment_id)
        except TargetError:
            return  # a look that fails holds no rollback up
        blue, green = progress.blue, progress.green
        if blue.running or not blue.wanted or not green.running or not green.share:
            return
        deployment = deployments.describe(self.clients, deployment_id)
        if deployment is not None and deployment.is_active:
            sentence = f"No task of blue runs, so green keeps its {round(green.share)} % until ECS has started one"
            raise TargetError("blue-not-up", sentence, permanent=False)

    def _refuse_silent(self, deployment: Deployment, progress: Progress) -> None:
        """A task that runs does not answer yet, or any more."""
        own = services.describe(self.clients, self.config).of(deployment.id) if progress.green.running else None
        if own is None or not services.answers(self.clients, own.target_group):
            raise TargetError("green-not-up", "No task of green answers, so it gets no visitors", permanent=False)

    def _blue(self, progress: Progress) -> TaskSet | services.TaskSet | None:
        """Before its Install event CodeDeploy shows no task sets, and blue serves all the same."""
        if progress.blue.wanted or progress.green.wanted:
            return progress.blue
        return services.describe(self.clients, self.config).primary

    def _has_traffic(self, deployment: Deployment) -> bool:
        return deployment.status is Status.SUCCEEDED or bool(self._share(deployment))

    def _share(self, deployment: Deployment) -> int:
        own = services.describe(self.clients, self.config).of(deployment.id)
        shares = services.listener(self.clients, self.config).shares
        return round(shares.get(own.target_group, 0.0)) if own else 0

    def _back(self, deployment: Deployment) -> Deployment | None:
        """What takes the deployment back: CodeDeploy's own rollback, or the newest that we began for it."""
        ours = None
        if deployment.token:
            found = deployments.recent(self.clients, self.config, since=deployment.created_at)
            ours = next((one for one in found if one.token == f"{deployment.token}{BACK}"), None)
        if ours is not None or not deployment.rollback_id:
            return ours
        return deployments.describe(self.clients, deployment.rollback_id)

    def _refuse_early(self, deployment: Deployment) -> None:
        """Two ways back at once would be one too many: CodeDeploy's own begins a moment after the stop."""
        ended_at = deployment.completed_at
        if deployment.status is not Status.SUCCEEDED and ended_at and self.clock() - ended_at < OWN_ROLLBACK:
            sentence = f"{deployment.id} was stopped a moment ago, and CodeDeploy's own rollback is waited for"
            raise TargetError("rollback-awaited", sentence, permanent=False)

    def _go_back(self, deployment: Deployment) -> None:
        if not deployment.blue_definition:
            raise TargetError("no-blue", "Nothing served before this release, so there is no way back", permanent=True)
        token = f"{deployment.token}{BACK}"
        # An AppSpec takes whole ARNs only; the marker has room for the name. Both are of one account and region.
        start = deployment.task_definition.rpartition("/")[0]
        definition = f"{start}/{deployment.blue_definition}"
        self._create(token, definition, deployment.task_definition, is_at_once=True)

    def _create(self, token: str, definition: str, blue: str, *, is_at_once: bool) -> str:
        try:
            return deployments.create(
                self.clients, self.config, token=token, definition=definition, blue=blue, is_at_once=is_at_once
            )
        except TargetError as error:
            if error.code != BUSY:
                raise
        # A group takes one deployment at a time. It may be ours, which a stale list had not shown.
        active = next((one for one in deployments.recent(self.clients, self.config) if one.is_active), None)
        if active is not None and active.token == token:
            return active.id
        sentence = f"CodeDeploy is busy with {active.id if active else 'another deployment'} in {self.config.group}"
        raise TargetError("deployment-in-progress", f"{sentence}, which is not this one's", permanent=False)

    def _continue(self, deployment: Deployment, wait: str) -> None:
        try:
            with told(f"CodeDeploy to continue {deployment.id}"):
                self.clients("codedeploy").continue_deployment(deploymentId=deployment.id, deploymentWaitType=wait)
        except TargetError as error:
            if error.code not in {NOT_READY, COMPLETED} or not self._has_gone_on(deployment, wait):
                raise

    def _has_gone_on(self, deployment: Deployment, wait: str) -> bool:
        """An answer that was lost, or somebody else, may have continued it already."""
        now = deployments.describe(self.clients, deployment.id)
        if now is None or now.status in {Status.FAILED, Status.STOPPED}:
            return False
        # Once its wait was over, a deployment that can't be continued is taking blue down.
        is_past = now.is_termination_wait if wait == TERMINATION_WAIT else now.status is Status.IN_PROGRESS
        return now.status is Status.SUCCEEDED or is_past

    def _stop(self, deployment_id: str) -> bool:
        """Has CodeDeploy stop and roll back; False where there is nothing to stop any more. Pending is a yes, too."""
        try:
            with told(f"CodeDeploy to stop {deployment_id}"):
                self.clients("codedeploy").stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
        except TargetError as error:
            if error.code == COMPLETED or error.code in deployments.UNKNOWN:
                return False
            raise
        return True


def _is_done(deployment: Deployment, weight: int) -> bool:
    """Whether the weight needs no call any more. Raises TargetError, permanent, for one that can't be given."""
    if weight not in (0, 100):
        sentence = f"CodeDeploy goes to 100 % by its own configuration; it can't stop at {weight} %"
        raise TargetError("weight-impossible", sentence, permanent=True)
    if not deployment.is_active and (deployment.status is not Status.SUCCEEDED or weight == 0):
        sentence = f"{deployment.id} has ended ({deployment.status}); its share can't change"
        raise TargetError("already-finished", sentence, permanent=True)
    return deployment.status is Status.SUCCEEDED
