"""The ledger's verbs in words. What a person asks for and the portal then does has one verb, and two ways to say it."""

from types import MappingProxyType

# What somebody did at once.
DONE = MappingProxyType(
    {
        "follow": "follows a source",
        "unfollow": "follows a source no more",
        "look": "asked for a look at a source",
        "bring": "brought a revision in",
        "refuse_data": "refused a revision",
        "refresh_dashboards": "had the data behind the dashboards read anew",
        "revoke": "saw a revision revoked",
        "record": "recorded the release",
        "open": "opened the rollout",
        "approve": "approved",
        "reject": "rejected",
        "pause": "paused",
        "resume": "resumed",
        "promote": "promoted green",
        "skip": "skipped ahead",
        "cancel": "cancelled",
        "supersede": "superseded it",
        "roll_back": "began to roll back",
        "retry": "tries the rollback again",
        "resolve": "resolved it",
        "start": "began to bring green up",
        "deployed": "saw green up",
        "step": "went on",
        "shifted": "saw all traffic on green",
        "baked": "ended the bake",
        "finished": "finished: green is the new blue",
        "rolled_back": "saw all traffic on blue",
        "failed": "could not roll back",
        "adopt": "adopted the traffic",
        "lock": "locked",
        "lift_lock": "lifted the lock",
        "freeze": "set a freeze",
        "lift_freeze": "lifted a freeze",
        "configure": "configured",
        "observe": "looked",
        "foresee": "worked out what promoting calls",
        "drift": "found traffic that nobody asked for",
        "link_pipeline": "linked the pipeline",
        "unlink_pipeline": "unlinked the pipeline",
        "see_pipeline": "looked at the pipeline",
        "see_deployment": "found a deployment from outside",
        "learn_author": "learned who wrote the release",
        "leave_build": "recorded no release of a build",
        "answer_gate": "began to answer the pipeline's gate",
        "settle_gate": "settled what the pipeline's gate was told",
        "call_start": "told the target to bring green up",
        "call_shift": "told the target to move the traffic",
        "call_finish": "told the target that green is blue now",
        "call_abort": "told the target to give everything to blue",
        "call_clean": "told the target to take green down",
        "open_notebooks": "opened notebooks",
        "end_notebooks": "freed a notebook server's slot",
        "run_notebook": "ran a notebook",
        "cancel_run": "cancelled a run",
        "schedule_notebook": "scheduled a notebook",
        "end_schedule": "ended a schedule",
        "share_run": "shared a run",
        "withdraw_share": "withdrew a link",
        "set_budget": "set a budget",
        "lift_budget": "lifted a budget",
        "publish": "published a page",
        "withdraw_page": "withdrew a page",
        "register_client": "registered a program that signs people in through the portal",
        "remove_client": "removed a program that signed people in through the portal",
    }
)
# What a person asks for; the portal does it a moment later and says so in a row of its own.
ASKED = frozenset({"promote", "skip", "cancel", "retry", "resolve", "roll_back"})


def told(verb: str, *, is_person: bool) -> str:
    """Will say what was done, as the middle of a sentence after the actor's name."""
    plain = verb.replace("_", " ")
    if is_person and verb in ASKED:
        return f"asked to {plain}"
    if verb.startswith("drop_"):
        return f"dropped what was asked: {plain.removeprefix('drop ')}"
    return DONE.get(verb, plain)
