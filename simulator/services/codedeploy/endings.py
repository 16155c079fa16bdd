"""How a deployment ends otherwise than well."""

_DIAGNOSES = {"HOOK_EXECUTION_FAILURE": "ScriptFailed"}


class EndingError(Exception):
    """The deployment is `status` (Stopped or Failed) for `code`, one of ErrorCode.

    `trigger` is the event of autoRollbackConfiguration that it counts as; `rolls_back` overrules that configuration.
    """

    def __init__(
        self,
        status: str,
        code: str,
        message: str,
        *,
        trigger: str = "DEPLOYMENT_FAILURE",
        rolls_back: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.trigger = trigger
        self.rolls_back = rolls_back

    @property
    def diagnosis(self) -> str:
        """The code that the lifecycle event's diagnostics carry."""
        return _DIAGNOSES.get(self.code, "UnknownError")


def stopped_by_hand(*, rolls_back: bool | None) -> EndingError:
    """Will make what StopDeployment ends with."""
    return EndingError(
        "Stopped",
        "MANUAL_STOP",
        "The deployment was stopped by a user.",
        trigger="DEPLOYMENT_STOP_ON_REQUEST",
        rolls_back=rolls_back,
    )


def stopped_by_alarms(names: list[str]) -> EndingError:
    """Will make what an alarm ends with."""
    return EndingError(
        "Stopped",
        "ALARM_ACTIVE",
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the "
        f"affected deployments have been stopped. Activated alarms: <{', '.join(names)}>",
        trigger="DEPLOYMENT_STOP_ON_ALARM",
    )
