"""Functions of Athena's that this engine refuses, with the reason: it couldn't answer as Athena does."""

from collections.abc import Mapping

_SKETCHES = "its result is a sketch in Trino's own format. Use count(DISTINCT x), or run it on Athena."
_HASHES = "DuckDB doesn't have it, and another hash would be another answer. Run it on Athena."
_NO_ZONES = "this engine keeps moments, not their zones. Use AT TIME ZONE inside CAST(... AS timestamp)."
_PLACES = "geospatial functions aren't here. Run it on Athena."
_SQL_JSON = "the SQL/JSON functions aren't here. Use json_extract or json_extract_scalar."
_SAMPLES = "its result is Trino's own approximation. Use approx_percentile, or run it on Athena."
_MODELS = "external functions and models aren't here. Run it on Athena."

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        ("approx_set", "merge", "empty_approx_set", "make_set_digest", "merge_set_digest", "intersection_cardinality",
         "jaccard_index", "hash_counts"), _SKETCHES),
    **dict.fromkeys(
        ("tdigest_agg", "value_at_quantile", "values_at_quantiles", "qdigest_agg", "quantile_at_value",
         "numeric_histogram", "approx_most_frequent"), _SAMPLES),
    **dict.fromkeys(
        ("checksum", "sha512", "xxhash64", "murmur3", "crc32", "spooky_hash_v2_32", "spooky_hash_v2_64",
         "hmac_md5", "hmac_sha1", "hmac_sha256", "hmac_sha512"), _HASHES),
    **dict.fromkeys(("with_timezone", "timezone_hour", "timezone_minute", "current_timezone", "timezone"), _NO_ZONES),
    **dict.fromkeys(
        ("st_point", "st_distance", "st_contains", "st_area", "st_geometryfromtext", "st_intersects", "st_polygon",
         "st_x", "st_y", "to_geometry", "to_spherical_geography", "great_circle_distance", "bing_tile"), _PLACES),
    **dict.fromkeys(("json_query", "json_exists", "json_object", "json_array", "json_table"), _SQL_JSON),
    **dict.fromkeys(("learn_classifier", "learn_regressor", "classify", "regress", "features"), _MODELS),
    "kurtosis": "DuckDB's is defined otherwise. Run it on Athena.",
    "entropy": "DuckDB's counts values where Trino's takes counts. Run it on Athena.",
    "json_array_get": "Trino itself calls it broken. Use json_extract(x, '$[0]').",
    "multimap_agg": "it isn't here. Use array_agg with GROUP BY, then map_agg.",
    "multimap_from_entries": "it isn't here. Use array_agg with GROUP BY, then map_agg.",
    "map_union": "it isn't here. UNNEST the maps, then map_agg.",
    "map_zip_with": "it isn't here. UNNEST both maps and join them.",
    "zip": "its rows have no names here. Use zip_with.",
    "reduce_agg": "it isn't here. Use array_agg and reduce.",
    "combinations": "it isn't here. Run it on Athena.",
    "ngrams": "it isn't here. Use slice over sequence.",
    "shuffle": "it gives another order each time. Use array_sort.",
    "array_histogram": "it isn't here. UNNEST the array, then histogram.",
    "contains_sequence": "it isn't here. Run it on Athena.",
    "soundex": "it isn't here. Use levenshtein_distance.",
    "word_stem": "it isn't here. Run it on Athena.",
    "normalize": "the forms of Unicode aren't here. Run it on Athena.",
    "luhn_check": "it isn't here. Run it on Athena.",
    "regexp_position": "it isn't here. Use strpos, or run it on Athena.",
    "split_to_multimap": "it isn't here. Use split_to_map.",
    "human_readable_seconds": "it isn't here. Run it on Athena.",
    "parse_duration": "DuckDB keeps no such intervals. Use numbers of seconds.",
    "parse_data_size": "it isn't here. Write the number of bytes.",
    "parse_presto_data_size": "it isn't here. Write the number of bytes.",
    "format_number": "it isn't here. Use format('%,d', x).",
    "url_encode": "DuckDB escapes other letters. Run it on Athena.",
    "url_decode": "DuckDB reads '+' otherwise. Run it on Athena.",
    "url_extract_parameter": "it isn't here. Use regexp_extract on url_extract_query.",
    "url_extract_fragment": "it isn't here. Use regexp_extract.",
    "url_extract_port": "it isn't here. Use regexp_extract.",
    "uuid": "it gives another value each time, of a type that isn't here. Use row_number().",
    "to_char": "its formats aren't here. Use date_format.",
    "to_date": "its formats aren't here. Use date_parse.",
    "to_timestamp": "its formats aren't here. Use date_parse.",
    "cosine_similarity": "it isn't here. Run it on Athena.",
    "unnest": "Athena takes it in FROM only. Use CROSS JOIN UNNEST(x) AS t (a).",
    "listagg": "write it with WITHIN GROUP (ORDER BY ...).",
}  # fmt: skip
