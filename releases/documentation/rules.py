"""The pages of docs/ that are made from the code: states, reasons, roles."""

from portal.accounts.permissions import ALLOWED, Role, scope_of
from releases.rules.reasons import SENTENCES
from releases.rules.states import ENDED, TRANSITIONS, WITH_TRAFFIC, State

MADE = "<!-- Made by `make docs`; edit the code it is made from. -->\n"
TRAFFIC = {
    State.QUEUED: "blue 100 %",
    State.DEPLOYING: "blue 100 %, green coming up",
    State.READY: "blue 100 %, green healthy and open for preview",
    State.SHIFTING: "green 1 to 99 %, by the plan's steps",
    State.BAKING: "green 100 %, blue warm",
    State.FINISHING: "green 100 %, blue retiring",
    State.ROLLING_BACK: "going to blue 100 %",
    State.ROLLBACK_FAILED: "unknown: call a person",
}


def states_page() -> str:
    """Will draw the transition table as a diagram and a list."""
    arrows = [f"    {origin.name} --> {after.name}: {move}" for (origin, move), after in TRANSITIONS.items()]
    ends = [f"    {state.name} --> [*]" for state in State if state in ENDED]
    rows = [
        f"| {state.name} | {TRAFFIC.get(state, 'as it was left')} | {_moves(state)} | {_marks(state)} |"
        for state in State
    ]
    return "\n".join(
        [
            MADE,
            "# The states of a rollout\n",
            "From `releases/rules/states.py`, the one table that everything reads.\n",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> QUEUED",
            *arrows,
            *ends,
            "```\n",
            "| state | traffic | moves | |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _moves(state: State) -> str:
    return (
        " · ".join(f"{move} → {after.name}" for (origin, move), after in TRANSITIONS.items() if origin is state)
        or "none"
    )


def _marks(state: State) -> str:
    if state in ENDED:
        return "ended"
    return "green may have traffic" if state in WITH_TRAFFIC else ""


def reasons_page() -> str:
    """Will list every reason with its sentence."""
    rows = [f"| `{code}` | {sentence} |" for code, sentence in SENTENCES.items()]
    head = "Why nothing moves, why something may not, or why it moved: the code in the API, the sentence everywhere.\n"
    return "\n".join([MADE, "# Reasons\n", head, "| code | sentence |", "|---|---|", *rows, ""])


def roles_page() -> str:
    """Will draw the matrix of roles and verbs, with the scope that a token needs."""
    rows = [
        f"| {verb} | {' | '.join('yes' if role in roles else '' for role in Role)} | `{scope_of(verb)}` |"
        for verb, roles in ALLOWED.items()
    ]
    columns = f"| verb | {' | '.join(Role)} | token scope |"
    line = "|---|" + "---|" * (len(Role) + 1)
    head = "Everybody who signs in is a viewer. The author of a release never approves it, whatever their roles.\n"
    return "\n".join([MADE, "# Roles\n", head, columns, line, *rows, ""])
