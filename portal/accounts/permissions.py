"""Who may do what: one table of roles and verbs, read by pages, API, commands and the tests' matrix."""

from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is here for; a person may have several."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    APPROVER = "approver"
    ANALYST = "analyst"
    OPERATOR = "operator"


class Verb(StrEnum):
    """Everything that somebody may be allowed to do."""

    READ = "read"
    RECORD = "record"
    OPEN = "open"
    APPROVE = "approve"
    REJECT = "reject"
    PROMOTE = "promote"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    CANCEL = "cancel"
    ROLL_BACK = "roll_back"
    RETRY = "retry"
    RESOLVE = "resolve"
    LOCK = "lock"
    LIFT_LOCK = "lift_lock"
    FREEZE = "freeze"
    CONFIGURE = "configure"
    EXPORT_LEDGER = "export_ledger"
    QUERY = "query"
    RUN_NOTEBOOK = "run_notebook"
    BRING_DATA = "bring_data"


_EVERYBODY = frozenset(Role)
_MOVERS = frozenset({Role.APPROVER, Role.OPERATOR})

ALLOWED = MappingProxyType(
    {
        Verb.READ: _EVERYBODY,
        Verb.RECORD: frozenset({Role.DEVELOPER}),
        Verb.OPEN: frozenset({Role.DEVELOPER, Role.OPERATOR}),
        Verb.APPROVE: frozenset({Role.APPROVER}),
        Verb.REJECT: frozenset({Role.APPROVER}),
        Verb.PROMOTE: _MOVERS,
        Verb.PAUSE: _MOVERS,
        Verb.RESUME: _MOVERS,
        Verb.SKIP: _MOVERS,
        Verb.CANCEL: frozenset({Role.DEVELOPER, Role.OPERATOR}),
        # Taking traffic back is never the mistake: whoever may change anything may do it.
        Verb.ROLL_BACK: frozenset({Role.DEVELOPER, Role.APPROVER, Role.OPERATOR}),
        Verb.RETRY: frozenset({Role.APPROVER, Role.OPERATOR}),
        Verb.RESOLVE: frozenset({Role.OPERATOR}),
        Verb.LOCK: _MOVERS,
        Verb.LIFT_LOCK: _MOVERS,
        Verb.FREEZE: frozenset({Role.OPERATOR}),
        Verb.CONFIGURE: frozenset({Role.OPERATOR}),
        Verb.EXPORT_LEDGER: _EVERYBODY,
        Verb.QUERY: _EVERYBODY - {Role.VIEWER},
        Verb.RUN_NOTEBOOK: _EVERYBODY - {Role.VIEWER},
        Verb.BRING_DATA: frozenset({Role.ANALYST, Role.OPERATOR}),
    }
)


class Scope(StrEnum):
    """What a token may be used for; its owner's roles bound it as well."""

    READ = "read"
    RECORD = "record"
    ROLL_OUT = "roll_out"
    CONFIGURE = "configure"
    QUERY = "query"


SCOPE_OF = MappingProxyType(
    {
        Verb.READ: Scope.READ,
        Verb.EXPORT_LEDGER: Scope.READ,
        Verb.RECORD: Scope.RECORD,
        Verb.BRING_DATA: Scope.RECORD,
        Verb.QUERY: Scope.QUERY,
        Verb.RUN_NOTEBOOK: Scope.QUERY,
        Verb.FREEZE: Scope.CONFIGURE,
        Verb.LOCK: Scope.CONFIGURE,
        Verb.LIFT_LOCK: Scope.CONFIGURE,
        Verb.CONFIGURE: Scope.CONFIGURE,
    }
)


def scope_of(verb: Verb) -> Scope:
    """Will give the scope that a token needs for `verb`."""
    return SCOPE_OF.get(verb, Scope.ROLL_OUT)


def may(roles: frozenset[Role], verb: Verb) -> bool:
    """Will tell whether any of `roles` allows `verb`; what isn't in the table is denied."""
    return bool(roles & ALLOWED.get(verb, frozenset()))
