"""What strangers may do through the Thrift server: which account reads which columns, with which functions."""

from __future__ import annotations

from sportdata.contracts.tables import PUBLIC, Column, Table

# Neither of these lists may grow by what reads a file, runs code, waits, or makes a value as large as its argument says.
FUNCTIONS = {
    "aggregates": """
        any any_value approx_count_distinct approx_percentile array_agg avg bool_and bool_or collect_list collect_set corr count count_if
        covar_pop covar_samp every first first_value grouping grouping_id kurtosis last last_value listagg max max_by mean median min
        min_by mode percentile percentile_approx percentile_cont percentile_disc regr_count regr_intercept regr_r2 regr_slope skewness
        some std stddev stddev_pop stddev_samp string_agg sum try_avg try_sum var_pop var_samp variance""",
    "windows": "cume_dist dense_rank lag lead nth_value ntile percent_rank rank row_number",
    "dates": """
        add_months convert_timezone curdate current_date current_time current_timestamp current_timezone date date_add date_diff
        date_format date_from_unix_date date_part date_sub date_trunc dateadd datediff datepart day dayname dayofmonth dayofweek
        dayofyear extract from_unixtime from_utc_timestamp hour last_day localtimestamp make_date make_interval make_timestamp minute
        month monthname months_between next_day now quarter second timestamp timestamp_seconds timestampadd timestampdiff to_date
        to_timestamp to_unix_timestamp to_utc_timestamp trunc try_to_date try_to_timestamp unix_date unix_timestamp weekday weekofyear
        year""",
    "strings": """
        ascii base64 bit_length btrim char char_length character_length chr concat concat_ws contains endswith find_in_set
        get_json_object hex ilike initcap instr lcase left len length levenshtein like locate lower ltrim
        mask md5 octet_length overlay position regexp regexp_count regexp_extract regexp_like regexp_replace regexp_substr replace
        reverse right rlike rtrim sha1 sha2 soundex split split_part startswith string substr substring substring_index to_char
        to_number to_varchar translate trim try_to_number ucase unbase64 upper""",
    "numbers": """
        abs acos asin atan atan2 bigint boolean bround cbrt ceil ceiling cos decimal degrees div double e exp float floor greatest int
        least ln log log10 log2 mod negative pi pmod pow power radians rand random round sign signum sin smallint sqrt square tan
        tinyint try_add try_divide try_multiply try_subtract width_bucket""",
    "conditions": """
        and between case coalesce equal_null if ifnull iff in isnan isnotnull isnull nanvl not nullif nullifzero nvl nvl2 or when
        zeroifnull""",
    "collections": """
        array array_contains array_distinct array_join array_max array_min array_position array_size array_sort cardinality element_at
        exists explode explode_outer filter map map_keys map_values named_struct posexplode size slice sort_array struct transform""",
    "session": "current_catalog current_database current_schema current_user database session_user typeof user version",
}
ALL_FUNCTIONS = sorted({name for names in FUNCTIONS.values() for name in names.split()})
SCHEMAS = ("default", *sorted({table.schema for table in PUBLIC}))  # clients open their sessions in `default`, which is empty


def columns_for_bi(table: Table) -> tuple[Column, ...]:
    """What the account `bi` reads of a table: nothing of bronze, and no amount of a person or of a BU, which may be one person."""
    return tuple(column for column in table.columns if not column.tells_salary) if table.schema == "gold" else ()


def hidden_from_bi() -> list[str]:
    """Names of the columns and schemas that `bi` asks for in vain, wherever it asks."""
    seen = [table for table in PUBLIC if columns_for_bi(table)]
    open_to_bi = {column.name for table in seen for column in columns_for_bi(table)}
    columns = {column.name for table in seen for column in table.columns} - open_to_bi
    schemas = {table.schema for table in PUBLIC} - {table.schema for table in seen}
    return sorted(columns | schemas)
