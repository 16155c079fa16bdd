"""Athena's functions: which may be called, of which types, what they give, and what DuckDB is asked for instead.

From the function pages of the Trino documentation, which Athena's user guide refers to. A signature's letters: v text,
n number, i whole number, d date or timestamp, b boolean, x bytes, j JSON, a array, m map, f lambda, * anything; ? says
that the argument may be left out, + that it may be repeated. A result is a type, or T0 for the first argument's, E0 for
its elements', K0 and V0 for its keys' and values', C for what all have in common.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from analytics.rules.sql.problems import SqlError, place
from analytics.rules.sql.refused import REFUSED
from analytics.rules.sql.typed import types
from analytics.rules.sql.typed.types import Type

MACRO = "athena_"  # what the names of our macros begin with
Result = str | Callable[[Sequence[Type | None]], Type | None]


@dataclass(frozen=True)
class Function:
    """`to` is DuckDB's function; empty where the call is rewritten by `rewriting.calls`."""

    name: str
    signature: str
    result: Result
    to: str
    is_aggregate: bool = False

    @property
    def fewest(self) -> int:
        return len([one for one in self.signature.split() if one[-1] not in "?+"])

    @property
    def most(self) -> int:
        return 1_000 if "+" in self.signature else len(self.signature.split())

    def result_of(self, arguments: Sequence[Type | None]) -> Type | None:
        """Will give the type of what the function gives for arguments of these types; None where it can't be told."""
        return self.result(arguments) if callable(self.result) else _resolved(self.result, arguments)


def _resolved(text: str, arguments: Sequence[Type | None]) -> Type | None:
    if found := re.fullmatch(r"(array|map)\((.+)\)", text):
        inner = [_resolved(one, arguments) for one in found[2].split(",")]
        held = tuple(one for one in inner if one is not None)
        return Type(found[1], inner=held) if len(held) == len(inner) else None
    if text == "C":
        return types.common_of(arguments)
    if found := re.fullmatch(r"([TEKV])(\d)", text):
        of = arguments[int(found[2])] if int(found[2]) < len(arguments) else None
        if of is None or found[1] == "T":
            return of
        return of.inner[0 if found[1] in "EK" else -1] if of.inner else None
    return types.read(text)


# Results that depend on more than the shape of the arguments


def _sum(arguments: Sequence[Type | None]) -> Type | None:
    of = arguments[0]
    if of is not None and of.name == "decimal":
        return types.decimal(38, of.sizes[1])
    return types.BIGINT if types.is_whole(of) else of


def _average(arguments: Sequence[Type | None]) -> Type | None:
    of = arguments[0]
    return types.DOUBLE if types.is_whole(of) else of


def _rounded(arguments: Sequence[Type | None]) -> Type | None:
    of = arguments[0]
    if of is None or of.name != "decimal":
        return of
    precision, scale = of.sizes
    if len(arguments) > 1:
        return types.decimal(precision + 1, scale)
    return types.decimal(precision - scale + min(scale, 1), 0)


def _truncated(arguments: Sequence[Type | None]) -> Type | None:
    of = arguments[0]
    if of is None or of.name != "decimal" or len(arguments) > 1:
        return of
    return types.decimal(max(of.sizes[0] - of.sizes[1], 1), 0)


def _widest(arguments: Sequence[Type | None]) -> Type | None:
    return types.array(of) if len(arguments) > 1 and (of := arguments[0]) else arguments[0]


def _best(arguments: Sequence[Type | None]) -> Type | None:
    return types.array(of) if len(arguments) > 2 and (of := arguments[0]) else arguments[0]


def _quantile(arguments: Sequence[Type | None]) -> Type | None:
    many = arguments[-1] is not None and arguments[-1].name == "array"
    return types.array(of) if many and (of := arguments[0]) else arguments[0]


def _element(arguments: Sequence[Type | None]) -> Type | None:
    of = arguments[0]
    return of.inner[-1] if of and of.inner else None


def _joined(arguments: Sequence[Type | None]) -> Type | None:
    return next((one for one in arguments if one is not None and one.name == "array"), arguments[0])


def _row(arguments: Sequence[Type | None]) -> Type | None:
    held = [one for one in arguments if one is not None]
    return types.row([""] * len(held), held) if len(held) == len(arguments) else None


def _entries(arguments: Sequence[Type | None]) -> Type | None:
    of = arguments[0]
    return types.array(types.row(["", ""], of.inner)) if of and of.name == "map" else None


def _of_entries(arguments: Sequence[Type | None]) -> Type | None:
    of = arguments[0].inner[0] if arguments[0] and arguments[0].inner else None
    return types.map_(*of.inner) if of and len(of.inner) == 2 else None


def _of_lists(arguments: Sequence[Type | None]) -> Type | None:
    if not arguments:
        return types.map_(types.UNKNOWN, types.UNKNOWN)
    keys, values = (one.inner[0] if one and one.inner else None for one in arguments)
    return types.map_(keys, values) if keys and values else None


def _flat(arguments: Sequence[Type | None]) -> Type | None:
    return arguments[0].inner[0] if arguments[0] and arguments[0].inner else None


def _sequence(arguments: Sequence[Type | None]) -> Type | None:
    of = types.common_of(arguments[:2])
    return types.array(types.BIGINT if types.is_whole(of) else of) if of else None


def _scalar(name: str, signature: str, result: Result, to: str | None = None) -> Function:
    return Function(name, signature, result, name if to is None else to)


def _aggregate(name: str, signature: str, result: Result, to: str | None = None) -> Function:
    return Function(name, signature, result, name if to is None else to, is_aggregate=True)


def _same(names: str, signature: str, result: Result, prefix: str = "") -> list[Function]:
    return [_scalar(name, signature, result, prefix + name) for name in names.split()]


_TEXT = [
    *_same("lower", "v", "varchar"), *_same("upper", "v", "varchar", MACRO),
    *_same("ltrim rtrim trim", "v v?", "varchar", MACRO),
    *_same("lpad rpad", "v i v", "varchar", MACRO),
    *_same("substr substring", "v i i?", "varchar", MACRO),
    *_same("split_part", "v v i", "varchar", MACRO),
    *_same("split", "v v", "array(varchar)", MACRO),
    *_same("strpos", "v v", "bigint"),
    *_same("starts_with", "v v", "boolean"),
    *_same("translate", "v v v", "varchar"),
    _scalar("replace", "v v v?", "varchar", MACRO + "replace"),
    _scalar("chr", "i", "varchar"), _scalar("codepoint", "v", "integer", "unicode"),
    _scalar("concat", "* * *+", _joined, ""), _scalar("concat_ws", "v * *+", "varchar", ""),
    _scalar("hamming_distance", "v v", "bigint", "hamming"),
    _scalar("levenshtein_distance", "v v", "bigint", "levenshtein"),
    _scalar("length", "*", "bigint", ""), _scalar("reverse", "*", "T0", ""),
    _scalar("to_utf8", "v", "varbinary", "encode"), _scalar("from_utf8", "x", "varchar", "decode"),
    _scalar("format", "v * *+", "varchar", ""),
    _scalar("regexp_like", "v v", "boolean", "regexp_matches"),
    _scalar("regexp_extract", "v v i?", "varchar", MACRO + "regexp_extract"),
    _scalar("regexp_extract_all", "v v i?", "array(varchar)", "regexp_extract_all"),
    _scalar("regexp_replace", "v v v?", "varchar", ""),
    _scalar("regexp_count", "v v", "bigint", MACRO + "regexp_count"),
    _scalar("regexp_split", "v v", "array(varchar)", "regexp_split_to_array"),
    _scalar("split_to_map", "v v v", "map(varchar,varchar)", MACRO + "split_to_map"),
    *_same("url_extract_host url_extract_path url_extract_protocol url_extract_query", "v", "varchar", MACRO),
]  # fmt: skip
_NUMBERS = [
    *_same("degrees radians exp sin cos tan atan", "n", "double"),
    *_same("sinh cosh tanh ln log10 log2 sqrt asin acos", "n", "double"),
    *_same("cbrt", "n", "double", MACRO), *_same("pi", "", "double"), *_same("e nan infinity", "", "double", MACRO),
    *_same("abs", "n", "T0"), _scalar("sign", "n", "T0", ""), _scalar("atan2", "n n", "double"),
    _scalar("ceil", "n", _rounded, ""), _scalar("ceiling", "n", _rounded, ""), _scalar("floor", "n", _rounded, ""),
    _scalar("round", "n i?", _rounded, ""), _scalar("truncate", "n i?", _truncated, ""),
    _scalar("pow", "n n", "double", "pow"), _scalar("power", "n n", "double", "pow"),
    _scalar("log", "n n", "double", MACRO + "log"), _scalar("mod", "n n", "C", ""),
    _scalar("is_nan", "n", "boolean", "isnan"), _scalar("is_finite", "n", "boolean", "isfinite"),
    _scalar("is_infinite", "n", "boolean", "isinf"),
    _scalar("random", "n? n?", lambda given: types.DOUBLE if not given else given[0], ""),
    _scalar("rand", "n? n?", lambda given: types.DOUBLE if not given else given[0], ""),
    _scalar("from_base", "v i", "bigint", MACRO + "from_base"), _scalar("to_base", "i i", "varchar", MACRO + "to_base"),
    _scalar("width_bucket", "n * n? i?", "bigint", MACRO + "width_bucket"),
    _scalar("bitwise_and", "i i", "bigint", MACRO + "bitwise_and"),
    _scalar("bitwise_or", "i i", "bigint", MACRO + "bitwise_or"),
    _scalar("bitwise_xor", "i i", "bigint", MACRO + "bitwise_xor"),
    _scalar("bitwise_not", "i", "bigint", MACRO + "bitwise_not"),
    _scalar("greatest", "* *+", "C", ""), _scalar("least", "* *+", "C", ""),
]  # fmt: skip
_BYTES = [
    *_same("to_hex", "x", "varchar", MACRO), *_same("from_hex", "v", "varbinary", MACRO),
    *_same("to_base64", "x", "varchar"), *_same("from_base64", "v", "varbinary"),
    *_same("md5 sha1 sha256", "x", "varbinary", MACRO),
]  # fmt: skip
_MOMENTS = [
    *_same("now", "", "timestamp(3) with time zone"), _scalar("date", "*", "date", ""),
    *_same("year month day hour minute second quarter", "d", "bigint"),
    _scalar("millisecond", "d", "bigint", MACRO + "millisecond"),
    _scalar("day_of_month", "d", "bigint", "day"), _scalar("day_of_week", "d", "bigint", "isodow"),
    _scalar("dow", "d", "bigint", "isodow"), _scalar("day_of_year", "d", "bigint", "dayofyear"),
    _scalar("doy", "d", "bigint", "dayofyear"), _scalar("week", "d", "bigint"),
    _scalar("week_of_year", "d", "bigint", "week"), _scalar("year_of_week", "d", "bigint", "isoyear"),
    _scalar("yow", "d", "bigint", "isoyear"), _scalar("last_day_of_month", "d", "date", "last_day"),
    _scalar("date_add", "v i d", "T2", ""), _scalar("date_diff", "v d d", "bigint", ""),
    _scalar("date_trunc", "v d", "T1", ""), _scalar("date_format", "d v", "varchar", ""),
    _scalar("date_parse", "v v", "timestamp(3)", ""), _scalar("format_datetime", "d v", "varchar", ""),
    _scalar("parse_datetime", "v v", "timestamp(3) with time zone", ""),
    _scalar("from_iso8601_date", "v", "date", MACRO + "from_iso8601_date"),
    _scalar("from_iso8601_timestamp", "v", "timestamp(3) with time zone", MACRO + "from_iso8601_timestamp"),
    _scalar("from_unixtime", "n", "timestamp(3) with time zone", MACRO + "from_unixtime"),
    _scalar("to_unixtime", "d", "double", "epoch"), _scalar("to_iso8601", "d", "varchar", ""),
    _scalar("to_milliseconds", "*", "bigint", "epoch_ms"),
    _scalar("at_timezone", "d v", "timestamp(3) with time zone", ""),
]  # fmt: skip
_LISTS = [
    *_same("all_match any_match none_match", "a f", "boolean", ""), *_same("array_distinct", "a", "T0", MACRO),
    *_same("array_intersect array_union array_except", "a a", "T0", MACRO),
    _scalar("array_join", "a v v?", "varchar", MACRO + "array_join"),
    *_same("array_max array_min", "a", "E0", MACRO), *_same("array_position", "a *", "bigint", MACRO),
    *_same("array_remove", "a *", "T0", MACRO), _scalar("array_sort", "a", "T0", MACRO + "array_sort"),
    _scalar("arrays_overlap", "a a", "boolean", MACRO + "arrays_overlap"),
    _scalar("cardinality", "*", "bigint", ""), _scalar("contains", "a *", "boolean", MACRO + "contains"),
    _scalar("element_at", "* *", _element, ""), _scalar("filter", "a f", "T0", "list_filter"),
    _scalar("flatten", "a", _flat, "flatten"), _scalar("reduce", "a * f f", "T3", ""),
    _scalar("repeat", "* i", "array(T0)", MACRO + "repeat"), _scalar("sequence", "* * *?", _sequence, ""),
    _scalar("slice", "a i i", "T0", MACRO + "slice"), _scalar("transform", "a f", "array(T1)", "list_transform"),
    _scalar("trim_array", "a i", "T0", MACRO + "trim_array"), _scalar("zip_with", "a a f", "array(T2)", ""),
    _scalar("map", "a? a?", _of_lists, ""), _scalar("map_keys", "m", "array(K0)"),
    _scalar("map_values", "m", "array(V0)"), _scalar("map_concat", "m m m+", "T0"),
    _scalar("map_entries", "m", _entries), _scalar("map_from_entries", "a", _of_entries),
    _scalar("map_filter", "m f", "T0", ""), _scalar("transform_values", "m f", "map(K0,T1)", ""),
    _scalar("transform_keys", "m f", "map(T1,V0)", ""), _scalar("row", "* *+", _row),
]  # fmt: skip
_JSON = [
    _scalar("json_parse", "v", "json", MACRO + "json_parse"),
    _scalar("json_format", "j", "varchar", MACRO + "json_format"),
    _scalar("json_extract", "j v", "json", ""), _scalar("json_extract_scalar", "j v", "varchar", ""),
    _scalar("json_value", "j v", "varchar", ""),
    _scalar("json_array_length", "j", "bigint", MACRO + "json_array_length"),
    _scalar("json_array_contains", "j *", "boolean", MACRO + "json_array_contains"),
    _scalar("json_size", "j v", "bigint", ""), _scalar("is_json_scalar", "j", "boolean", MACRO + "is_json_scalar"),
]  # fmt: skip
_CHOICES = [
    _scalar("coalesce", "* * *+", "C"), _scalar("nullif", "* *", "T0"), _scalar("try", "*", "T0"),
    _scalar("typeof", "*", "varchar", ""), _scalar("grouping", "* *+", "bigint"),
]  # fmt: skip
_AGGREGATES = [
    _aggregate("count", "*?", "bigint"), _aggregate("count_if", "b", "bigint"), _aggregate("sum", "n", _sum, ""),
    _aggregate("avg", "n", _average, ""), _aggregate("min", "* i?", _widest), _aggregate("max", "* i?", _widest),
    _aggregate("min_by", "* * i?", _best), _aggregate("max_by", "* * i?", _best),
    _aggregate("arbitrary", "*", "T0", "any_value"), _aggregate("any_value", "*", "T0"),
    _aggregate("array_agg", "*", "array(T0)"), _aggregate("bool_and", "b", "boolean"),
    _aggregate("bool_or", "b", "boolean"), _aggregate("every", "b", "boolean", "bool_and"),
    _aggregate("geometric_mean", "n", "double", "geomean"), _aggregate("histogram", "*", "map(T0,bigint)", ""),
    _aggregate("map_agg", "* *", "map(T0,T1)", ""), _aggregate("approx_distinct", "* n?", "bigint", ""),
    _aggregate("approx_percentile", "n *", _quantile, ""), _aggregate("bitwise_and_agg", "i", "bigint", ""),
    _aggregate("bitwise_or_agg", "i", "bigint", ""), _aggregate("skewness", "n", "double", MACRO + "skewness"),
    *(_aggregate(name, "n", "double") for name in
      ("stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp")),
    *(_aggregate(name, "n n", "double") for name in
      ("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept")),
]  # fmt: skip
_WINDOWS = [
    *(_aggregate(name, "", "bigint") for name in ("row_number", "rank", "dense_rank")),
    *(_aggregate(name, "", "double") for name in ("percent_rank", "cume_dist")), _aggregate("ntile", "i", "bigint"),
    *(_aggregate(name, "* i? *?", "T0") for name in ("lag", "lead")), _aggregate("first_value", "*", "T0"),
    _aggregate("last_value", "*", "T0"), _aggregate("nth_value", "* i", "T0"),
]  # fmt: skip

KNOWN: Mapping[str, Function] = {
    one.name: one
    for group in (_TEXT, _NUMBERS, _BYTES, _MOMENTS, _LISTS, _JSON, _CHOICES, _AGGREGATES, _WINDOWS)
    for one in group
}
ALLOWED: frozenset[str] = frozenset(KNOWN)
WINDOWS: frozenset[str] = frozenset(one.name for one in _WINDOWS)
APPROXIMATE: frozenset[str] = frozenset({"approx_distinct", "approx_percentile"})  # Athena's answer differs a little


def called(call: exp.Anonymous) -> Function:
    """Will find the function that a call names. Raises SqlError where it is refused, unknown, or called otherwise."""
    name = call.name.lower()
    line, column = place(call.meta)
    if name in REFUSED:
        sentence = f"{name} is refused: {REFUSED[name]} Nothing was run."
        raise SqlError("function-refused", sentence, line=line, column=column)
    if name not in KNOWN:
        sentence = f"There is no function {name} here. Nothing was run. See the list of those that may be called."
        raise SqlError("function-unknown", sentence, line=line, column=column)
    function = KNOWN[name]
    given = call.expressions
    count = len(given[0].expressions) if given and isinstance(given[0], exp.Distinct) else len(given)
    if not function.fewest <= count <= function.most:
        sentence = f"{name} can't be called with {count} arguments. Nothing was run. It takes ({function.signature})."
        raise SqlError("function-refused", sentence, line=line, column=column)
    return function


def taken_by_lambda(name: str, index: int, before: Sequence[Type | None]) -> list[Type | None]:
    """Will give the types of the arguments of a lambda that is argument `index`; `before` are those in front of it."""
    inner = [one.inner if one and one.inner else (None, None) for one in before]
    match name:
        case "reduce":
            # The state's type is what the step gives, which may be wider than what it begins with.
            return [before[1], inner[0][0]] if index == 2 else [before[2]]
        case "zip_with":
            return [inner[0][0], inner[1][0]]
        case "map_filter" | "transform_values" | "transform_keys":
            return [inner[0][0], inner[0][-1]]
    return [inner[0][0]]
