"""Arrays, maps and the lambdas that run over them."""

from collections.abc import Callable, Mapping

from sqlglot import exp

from analytics.rules.sql.rewriting.building import Rewrite, call, cast, needs, refuse
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.nodes import type_of


def _lambda(node: exp.Anonymous, index: int) -> exp.Lambda:
    found = node.expressions[index]
    if not isinstance(found, exp.Lambda):
        refuse(node, f"{node.name} takes a lambda: x -> ...")
    return found


def _with_names(made: exp.Lambda, values: Mapping[str, Callable[[], exp.Expr]]) -> exp.Expr:
    """A lambda's body with other expressions where its names stand; those of a lambda within hide them."""
    body = exp.Paren(this=made.this.copy())
    for one in list(body.find_all(exp.Identifier)):
        is_name = isinstance(one.parent, exp.Column | exp.Alias) or (
            isinstance(one.parent, exp.Lambda) and one.arg_key == "expressions"
        )
        if one.name.lower() in values and not is_name and not _is_hidden(one, body):
            one.replace(values[one.name.lower()]())
    return body


def _is_hidden(one: exp.Identifier, body: exp.Expr) -> bool:
    around = one.find_ancestor(exp.Lambda)
    while around is not None and around is not body:
        if one.name.lower() in {each.name.lower() for each in around.expressions}:
            return True
        around = around.find_ancestor(exp.Lambda)
    return False


def _over(name: str, lists: exp.Expr, body: exp.Expr, variable: str) -> exp.Expr:
    return call(name, lists, exp.Lambda(this=body, expressions=[exp.to_identifier(variable)]))


def _part(of: str, which: str | int) -> Callable[[], exp.Expr]:
    key = exp.Literal.string(which) if isinstance(which, str) else exp.Literal.number(which)
    return lambda: call("struct_extract", exp.to_identifier(of), key.copy())


def _asked(name: str) -> Rewrite:
    def rewrite(node: exp.Anonymous) -> exp.Expr:
        truths = call("list_transform", node.expressions[0], _lambda(node, 1))
        return call(name, cast(truths, types.array(types.BOOLEAN)))

    return rewrite


def _none(node: exp.Anonymous) -> exp.Expr:
    return exp.Paren(this=exp.Not(this=_asked("athena_any")(node)))


def _reduced(node: exp.Anonymous) -> exp.Expr:
    values, start, _, _ = node.expressions
    step, finish = _lambda(node, 2), _lambda(node, 3)
    state = needs(start, "the state")
    if (after := type_of(step)) is not None and types.common(after, state) != state:
        refuse(node, f"The state is {state} and the step gives {after}. CAST the state to {after}.")
    made = call("list_reduce", values, step, cast(start, state))
    return call("list_extract", call("list_transform", exp.Array(expressions=[made]), finish), exp.Literal.number(1))


def _zipped(node: exp.Anonymous) -> exp.Expr:
    made = _lambda(node, 2)
    names = [one.name.lower() for one in made.expressions]
    variable = "_".join(["both", *names])
    body = _with_names(made, {name: _part(variable, index + 1) for index, name in enumerate(names)})
    return _over("list_transform", call("list_zip", *node.expressions[:2]), body, variable)


def _of_entries(node: exp.Anonymous) -> exp.Expr:
    """map_filter, transform_keys and transform_values run over the entries."""
    made = _lambda(node, 1)
    names = [one.name.lower() for one in made.expressions]
    variable = "_".join(["entry", *names])
    key, value = _part(variable, "key"), _part(variable, "value")
    body = _with_names(made, dict(zip(names, (key, value), strict=True)))
    entries = call("map_entries", node.expressions[0])
    match node.name.lower():
        case "map_filter":
            changed = _over("list_filter", entries, body, variable)
        case "transform_keys":
            changed = _over("list_transform", entries, call("row", body, value()), variable)
        case _:
            changed = _over("list_transform", entries, call("row", key(), body), variable)
    return call("map_from_entries", changed)


def _size(node: exp.Anonymous) -> exp.Expr:
    kind = needs(node.expressions[0], "what is counted")
    return cast(call("cardinality" if kind.name == "map" else "len", node.expressions[0]), types.BIGINT)


def _element(node: exp.Anonymous) -> exp.Expr:
    """An element that may lack: NULL, where a subscript would fail."""
    of, key = node.expressions
    if needs(of, "what has elements").name == "array":
        return call("athena_element", of, key)
    return exp.Bracket(this=exp.Paren(this=of), expressions=[key])


def _map(node: exp.Anonymous) -> exp.Expr:
    return call("map", *(node.expressions or [exp.Array(expressions=[]), exp.Array(expressions=[])]))


def _searched(node: exp.Anonymous) -> exp.Expr:
    """Elements are looked for in their own type: DuckDB would cast the array to that of what is sought."""
    of, value = needs(node.expressions[0], "the array"), needs(node.expressions[1], "what is sought")
    held = of.inner[0] if of.inner else types.UNKNOWN
    if types.common(held, value) is None:
        refuse(node, f"There is no {value} in {of}. CAST it.")
    return call(f"athena_{node.name.lower()}", *node.expressions)


REWRITES: Mapping[str, Rewrite] = {
    "any_match": _asked("athena_any"), "all_match": _asked("athena_all"), "none_match": _none, "reduce": _reduced,
    "zip_with": _zipped, "map_filter": _of_entries, "transform_keys": _of_entries, "transform_values": _of_entries,
    "cardinality": _size, "element_at": _element, "map": _map, "contains": _searched, "array_position": _searched,
    "array_remove": _searched,
}  # fmt: skip
