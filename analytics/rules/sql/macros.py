"""What DuckDB lacks of Athena's functions, as macros that an engine makes once for each connection.

An error is raised by casting a text that isn't a number, and the text says what was wrong: `error()` can't stand in
TRY. Names begin with "athena_"; nothing of DuckDB's does.
"""

from collections.abc import Mapping, Sequence

# Settings under which the translation means what Athena means; the zone of Athena's sessions is UTC.
SETTINGS: Mapping[str, str] = {
    "TimeZone": "UTC",
    "default_null_order": "nulls_last",
    "ieee_floating_point_ops": "true",
    "error_on_division_by_zero": "true",
}

_SPACES = (
    "concat(' ', chr(9), chr(10), chr(11), chr(12), chr(13), chr(28), chr(29), chr(30), chr(31), chr(5760), chr(8192), "
    "chr(8193), chr(8194), chr(8195), chr(8196), chr(8197), chr(8198), chr(8200), chr(8201), chr(8202), chr(8232), "
    "chr(8233), chr(8287), chr(12288))"
)
_DIGITS = "'0123456789abcdefghijklmnopqrstuvwxyz'"
_MOMENT = (
    r"'\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?)?( ?(UTC|Z|\+00:00))?\s*'"
)
_ISO = r"'[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|\+00:00)?)?'"
_PLACE = f"strpos({_DIGITS}, lower(x)[i])"
_DIGIT = (
    f"CASE WHEN {_PLACE} BETWEEN 1 AND b THEN CAST({_PLACE} - 1 AS VARCHAR) ELSE 'Not a number of this base: ' || x END"
)
_NUMBER = r"'\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*'"


def _or_fail(condition: str, value: str, sentence: str, shown: str = "''") -> str:
    """A text: the value where the condition holds, else the sentence, which no cast to a number lets pass."""
    return f"CASE WHEN {condition} THEN {value} ELSE '{sentence}: ' || {shown} END"


def _index_or_fail(condition: str, index: str, sentence: str) -> str:
    """A whole number: the index where the condition holds; else an error with the sentence."""
    return f"CAST({_or_fail(condition, f'CAST({index} AS VARCHAR)', sentence, f'CAST({index} AS VARCHAR)')} AS BIGINT)"


_TEXTS = {
    "whole(x)": _or_fail("regexp_full_match(x, '[+-]?[0-9]+')", "x", "Cannot cast to a whole number", "x"),
    "number(x)": _or_fail(f"regexp_full_match(x, {_NUMBER})", "x", "Cannot cast to a number", "x"),
    "fixed(x)": _or_fail(
        r"regexp_full_match(x, '\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*')", "x",
        "Cannot cast to a decimal", "x"),
    "truth(x)": _or_fail(
        "lower(x) IN ('t', 'true', '1', 'f', 'false', '0')", "x", "Cannot cast to boolean", "x"),
    "day(x)": _or_fail(
        r"regexp_full_match(x, '\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\s*')", "x", "Cannot cast to date", "x"),
    "moment(x)": _or_fail(f"regexp_full_match(x, {_MOMENT})", "x", "Cannot cast to timestamp", "x"),
    "iso_day(x)": _or_fail("regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}')", "x", "Invalid format", "x"),
    "iso_moment(x)": _or_fail(
        f"regexp_full_match(x, {_ISO})", "replace(x, 'Z', '+00:00')",
        "Not a moment of UTC, and this engine keeps no zones", "x"),
    "fitting(x, n)": "CASE WHEN length(x) <= n THEN x ELSE "
                     "CAST(CAST('Value cannot be represented as so short a varchar: ' || x AS BIGINT) AS VARCHAR) END",
}  # fmt: skip
_CASTS = {
    # To a power of ten of microseconds, half up: 1000 for timestamp(3).
    "digits(x, us)": "make_timestamp(CAST(floor(epoch_us(x)::DOUBLE / us + 0.5) AS BIGINT) * us)",
    "from_iso8601_date(x)": "CAST(athena_iso_day(x) AS DATE)",
    "from_iso8601_timestamp(x)": "CAST(athena_iso_moment(x) AS TIMESTAMP WITH TIME ZONE)",
    "from_unixtime(x)": "to_timestamp(floor(CAST(x AS DOUBLE) * 1000 + 0.5) / 1000)",
    "millisecond(x)": "millisecond(x) % 1000",
    # A year of two digits is one from 1970 to 2069; DuckDB's begin with 1969.
    "pivoted(x)": "CASE WHEN year(x) = 1969 THEN x + INTERVAL 100 YEAR ELSE x END",
}
_NUMBERS = {
    # Whole numbers are divided, half away from zero, and the point is put back; e, s: powers of ten, as decimals.
    "divide(a, b, e)": "athena_half_up(CAST(a AS HUGEINT) * CAST(e AS HUGEINT), CAST(b AS HUGEINT))",
    "half_up(n, d)": "n // d + CASE WHEN 2 * abs(n % d) >= abs(d) THEN CASE WHEN (n < 0) = (d < 0) THEN 1 ELSE -1 END "
                     "ELSE 0 END",
    "bitwise_and(a, b)": "CAST(a AS BIGINT) & CAST(b AS BIGINT)",
    "bitwise_or(a, b)": "CAST(a AS BIGINT) | CAST(b AS BIGINT)",
    "bitwise_xor(a, b)": "xor(CAST(a AS BIGINT), CAST(b AS BIGINT))",
    "bitwise_not(a)": "~CAST(a AS BIGINT)",
    # One step of Newton's after DuckDB's, which takes the cube root of 27 for 3.0000000000000004.
    "cbrt(x)": "CASE WHEN x = 0 OR NOT isfinite(x) THEN cbrt(x) ELSE "
               "cbrt(x) - (cbrt(x) * cbrt(x) * cbrt(x) - x) / (3 * cbrt(x) * cbrt(x)) END",
    "e()": "CAST(2.718281828459045e0 AS DOUBLE)",
    "nan()": "CAST('nan' AS DOUBLE)",
    "infinity()": "CAST('inf' AS DOUBLE)",
    "log(b, x)": "ln(x) / ln(b)",
    "from_base(x, b)": "CAST(list_sum(list_transform(range(1, length(x) + 1), lambda i: "
                       f"CAST(CAST({_DIGIT} AS BIGINT) * pow(b, length(x) - i) AS HUGEINT))) AS BIGINT)",
    "to_base(x, b)": "lower(to_base(x, CAST(b AS INTEGER)))",
    "skewness(x)": "CASE WHEN count(x) > 2 THEN skewness(x) * (count(x) - 2) / sqrt(count(x) * (count(x) - 1.0)) END",
    "finite(x)": "CASE WHEN isfinite(x) THEN x END",
}  # fmt: skip
_STRINGS = {
    "split_part(x, d, i)": f"string_split(x, d)[{_index_or_fail('i > 0', 'i', 'Index must be greater than zero')}]",
    # Java's capital of a sharp s is itself.
    "upper(x)": "CASE WHEN contains(x, 'ß') THEN array_to_string(list_transform(string_split(x, 'ß'), "
                "lambda part: upper(part)), 'ß') ELSE upper(x) END",
    "split(x, d)": "string_split(x, d)["
                   + _index_or_fail("d <> ''", "1", "The delimiter may not be the empty string") + ":]",
    "lpad(x, n, p)": "lpad(x, CAST(" + _index_or_fail("n >= 0", "n", "Target length is negative") + " AS INTEGER), p)",
    "rpad(x, n, p)": "rpad(x, CAST(" + _index_or_fail("n >= 0", "n", "Target length is negative") + " AS INTEGER), p)",
    "ascii(x)": "CASE WHEN length(x) = octet_length(encode(x)) THEN x ELSE "
                "CAST(CAST('Only letters of ASCII can be compared here: ' || x AS BIGINT) AS VARCHAR) END",
    "regexp_count(x, p)": "len(regexp_extract_all(x, p))",
    "split_to_map(x, d, e)": "map_from_entries(list_transform(string_split(x, d), lambda one: "
                             "row(split_part(one, e, 1), string_split(one, e)[2])))",
    "url_extract_protocol(x)": "nullif(regexp_extract(x, '^([A-Za-z][A-Za-z0-9+.-]*):', 1), '')",
    "url_extract_host(x)": "nullif(regexp_extract(x, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]*)', 1), '')",
    "url_extract_path(x)": "regexp_extract(x, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)', 1)",
    "url_extract_query(x)": r"nullif(regexp_extract(x, '^[^?#]*\?([^#]*)', 1), '')",
    "to_hex(x)": "upper(hex(x))",
    "from_hex(x)": "unhex(x)",
    "md5(x)": "unhex(md5(x))",
    "sha1(x)": "unhex(sha1(x))",
    "sha256(x)": "unhex(sha256(x))",
    "thousands(x)": "regexp_extract(x, '^-') || format('{:,}', CAST(regexp_extract(x, '[0-9]+') AS BIGINT)) || "
                    r"regexp_extract(x, '\.[0-9]+')",
    "zeros(x, n)": "regexp_extract(x, '^-') || repeat('0', greatest(0, n - length(x))) || regexp_extract(x, '[^-].*')",
    "reverse(x)": "array_to_string(list_reverse(regexp_extract_all(x, '(?s).')), '')",
}  # fmt: skip
# By the count of their arguments.
_OVERLOADED: Mapping[str, Sequence[str]] = {
    **{
        f"{side}trim": (f"(x) AS {side}trim(x, {_SPACES})", f"(x, letters) AS {side}trim(x, letters)")
        for side in ("", "l", "r")
    },
    "substr": (
        "(x, i) AS CASE WHEN i = 0 OR i < -length(x) THEN '' ELSE substr(x, i) END",
        "(x, i, n) AS CASE WHEN i = 0 OR i < -length(x) OR n <= 0 THEN '' ELSE substr(x, i, n) END",
    ),
    "replace": (
        "(x, y) AS replace(x, y, '')",
        (
            "(x, y, z) AS CASE WHEN y = '' THEN regexp_replace(x, '', replace(z, '\\', '\\\\'), 'g') "
            "ELSE replace(x, y, z) END"
        ),
    ),
    "regexp_extract": (
        "(x, p) AS CASE WHEN regexp_matches(x, p) THEN regexp_extract(x, p) END",
        "(x, p, g) AS CASE WHEN regexp_matches(x, p) THEN regexp_extract(x, p, g) END",
    ),
    "array_join": (
        "(a, d) AS array_to_string(a, d)",
        "(a, d, n) AS array_to_string(list_transform(a, lambda x: coalesce(CAST(x AS VARCHAR), n)), d)",
    ),
    "width_bucket": (
        "(x, bins) AS len(list_filter(bins, lambda b: b <= x))",
        (
            "(x, low, high, n) AS CASE WHEN low < high THEN "
            "CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE "
            "CAST(floor((x - low)::DOUBLE / (high - low)::DOUBLE * n) AS BIGINT) + 1 END ELSE "
            "CASE WHEN x > low THEN 0 WHEN x <= high THEN n + 1 ELSE "
            "CAST(floor((low - x)::DOUBLE / (low - high)::DOUBLE * n) AS BIGINT) + 1 END END"
        ),
    ),
}
_HAS_NULL = "list_count({0}) < len({0})"
_LISTS = {
    "subscript(a, i)": "a[" + _index_or_fail(
        "i BETWEEN 1 AND len(a) OR a IS NULL OR i IS NULL", "i", "Array subscript out of bounds") + "]",
    "element(a, i)": f"list_extract(a, {_index_or_fail('i <> 0 OR i IS NULL', 'i', 'SQL array indices start at 1')})",
    "value(m, k)": "list_extract([m[k]], " + _or_fail(
        "m IS NULL OR k IS NULL OR map_contains(m, k)", "'1'", "Key not present in map", "CAST(k AS VARCHAR)"
        ).join(("CAST(", " AS BIGINT)")) + ")",
    "any(a)": "CASE WHEN a IS NULL THEN NULL WHEN list_contains(a, true) THEN true "
              f"WHEN {_HAS_NULL.format('a')} THEN NULL ELSE false END",
    "all(a)": "CASE WHEN a IS NULL THEN NULL WHEN list_contains(a, false) THEN false "
              f"WHEN {_HAS_NULL.format('a')} THEN NULL ELSE true END",
    "contains(a, x)": "CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN true "
                      f"WHEN {_HAS_NULL.format('a')} THEN NULL ELSE false END",
    "array_distinct(a)": "list_filter(a, lambda x, i: list_position(a, x) = i)",
    "array_intersect(a, b)": "CASE WHEN b IS NOT NULL THEN athena_array_distinct(list_filter(a, lambda x: "
                             "list_position(b, x) IS NOT NULL)) END",
    "array_except(a, b)": "CASE WHEN b IS NOT NULL THEN athena_array_distinct(list_filter(a, lambda x: "
                          "list_position(b, x) IS NULL)) END",
    "array_union(a, b)": "athena_array_distinct(a || b)",
    "array_max(a)": f"CASE WHEN {_HAS_NULL.format('a')} THEN NULL ELSE list_max(a) END",
    "array_min(a)": f"CASE WHEN {_HAS_NULL.format('a')} THEN NULL ELSE list_min(a) END",
    "array_position(a, x)": "CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN "
                            "CAST(coalesce(list_position(a, x), 0) AS BIGINT) END",
    "array_remove(a, x)": "CASE WHEN x IS NOT NULL THEN list_filter(a, lambda one: one IS DISTINCT FROM x) END",
    "array_sort(a)": "list_sort(a, 'ASC', 'NULLS LAST')",
    "arrays_overlap(a, b)": "CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN list_has_any(a, b) THEN true WHEN "
                            f"len(a) > 0 AND len(b) > 0 AND ({_HAS_NULL.format('a')} OR {_HAS_NULL.format('b')}) "
                            "THEN NULL ELSE false END",
    "repeat(x, n)": "list_transform(range(0, n), lambda i: x)",
    "slice(a, s, n)": "CASE WHEN s < -len(a) OR n = 0 THEN list_slice(a, 1, 0) WHEN s < 0 THEN "
                      "list_slice(a, len(a) + s + 1, len(a) + s + n) ELSE list_slice(a, "
                      f"{_index_or_fail('s <> 0', 's', 'SQL array indices start at 1')}, s + n - 1) END",
    "trim_array(a, n)": "list_slice(a, 1, "
                        f"{_index_or_fail('n BETWEEN 0 AND len(a)', '(len(a) - n)', 'size exceeds the array')})",
    "limited(a)": "list_slice(a, 1, "
                  f"{_index_or_fail('len(a) <= 10000', 'len(a)', 'A sequence has at most 10000 entries')})",
    "steps(a, b)": "generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), CASE WHEN a <= b THEN 1 ELSE -1 END)",
}  # fmt: skip
_JSON = {
    "json_parse(x)": "CASE WHEN x IS NOT NULL THEN CAST(json(x) AS JSON) END",
    "json_extract(x, p)": "CASE WHEN json_valid(x) THEN json_extract(x, p) END",
    "json_scalar(x, p)": "CASE WHEN json_valid(x) AND json_type(x, p) NOT IN ('OBJECT', 'ARRAY', 'NULL') "
                         "THEN json_extract_string(x, p) END",
    "json_array_length(x)": "CASE WHEN json_valid(x) AND json_type(x) = 'ARRAY' THEN "
                            "CAST(json_array_length(x) AS BIGINT) END",
    "json_array_contains(x, v)": "CASE WHEN json_valid(x) AND json_type(x) = 'ARRAY' THEN "
                                 "list_contains(json_extract(x, '$[*]'), to_json(v)) END",
    "json_size(x, p)": "CASE json_type(x, p) WHEN 'ARRAY' THEN CAST(json_array_length(x, p) AS BIGINT) "
                       "WHEN 'OBJECT' THEN len(json_keys(x, p)) WHEN NULL THEN NULL ELSE CASE WHEN "
                       "json_type(x, p) IS NOT NULL THEN 0 END END",
    "is_json_scalar(x)": "json_type(x) NOT IN ('OBJECT', 'ARRAY')",
    # Trino writes an object's keys in order; the text here has them as they came.
    "json_format(x)": "CASE WHEN contains(CAST(x AS VARCHAR), '{') THEN CAST(CAST("
                      "'Objects of JSON are written in another order of keys here: ' || CAST(x AS VARCHAR) AS BIGINT) "
                      "AS VARCHAR) ELSE CAST(json(x) AS VARCHAR) END",
    "json_text(x)": "CASE WHEN json_type(x) IN ('OBJECT', 'ARRAY') THEN CAST(CAST("
                    "'Cannot cast to varchar: ' || CAST(x AS VARCHAR) AS BIGINT) AS VARCHAR) "
                    "ELSE json_extract_string(x, '$') END",
}  # fmt: skip

MACROS: Sequence[str] = (
    *(
        f"CREATE OR REPLACE TEMP MACRO athena_{head} AS {body}"
        for group in (_TEXTS, _CASTS, dict(reversed(_NUMBERS.items())), _STRINGS, _LISTS, _JSON)
        for head, body in group.items()
    ),
    *(f"CREATE OR REPLACE TEMP MACRO athena_{name} {', '.join(forms)}" for name, forms in _OVERLOADED.items()),
)
