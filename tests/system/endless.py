"""Statements that grow: while they run, or before there is a job to cancel. For the tables of tests.unit.lake."""

from __future__ import annotations

HUNDRED = ", ".join(map(str, range(100)))


def unpivoted(times: int) -> str:
    """A relation with a column `id` and 60 rows for each row of gold.activites, again and again."""
    if times == 0:
        return "gold.activites"
    columns = [f"c{number}" for number in range(60)]
    wide = ", ".join(f"id AS {column}" for column in columns)
    return f"(SELECT id FROM (SELECT {wide} FROM {unpivoted(times - 1)}) UNPIVOT (id FOR name IN ({', '.join(columns)})))"


HUGE = [
    "SELECT a.*, b.*, c.id, d.id FROM gold.activites a, gold.activites b, gold.activites c, gold.activites d",
    "SELECT count(*) FROM gold.activites a, gold.activites b, gold.activites c, gold.activites d, gold.activites e",
    "SELECT a.id FROM gold.activites a JOIN gold.activites b USING (bu) JOIN gold.activites c USING (bu) JOIN gold.activites d USING (bu)",
    f"SELECT count(*) FROM gold.kpis {' '.join(f'LATERAL VIEW explode(array({HUNDRED})) t{number} AS a{number}' for number in range(7))}",
    f"SELECT * FROM gold.kpis {' '.join(f'LATERAL VIEW explode(array({HUNDRED})) t{number} AS a{number}' for number in range(7))}",
    f"SELECT max(id) FROM {unpivoted(5)}",
]


THIRTY = range(30)
SIXTEEN = f"'{'a' * 16}'"
REPLACE, BY = "replace(" * 8, f", 'a', {SIXTEEN})" * 8
SUMS = ", ".join(f"employees + {number}" for number in THIRTY)


def thirty_times(inner: str, around: str) -> str:
    for _ in THIRTY:
        inner = around.format(inner)
    return inner


WRITTEN_OUT = [
    f"SELECT count(*) FROM gold.kpis GROUP BY CUBE ({SUMS})",
    f"SELECT count(*) FROM gold.kpis GROUP BY {SUMS} WITH CUBE",
    f"SELECT count(*) FROM gold.kpis GROUP BY GROUPING SETS (CUBE ({SUMS}), ())",
    f"SELECT count(*) FROM gold.kpis GROUP BY {', '.join(f'ROLLUP (employees + {number})' for number in THIRTY)}",
    f"SELECT length({REPLACE}{SIXTEEN}{BY})",
    f"SELECT * FROM VALUES ({REPLACE}{SIXTEEN}{BY})",
    f"SELECT 1 LIMIT length({REPLACE}{SIXTEEN}{BY})",
    f"SELECT transform(array({SIXTEEN}), word -> {REPLACE}word{BY})",
    f"SELECT {thirty_times(SIXTEEN, 'hex({})')}",
    f"SELECT length(s) FROM ({thirty_times(f'SELECT {SIXTEEN} AS s', 'SELECT s || s AS s FROM ({})')})",
    f"SELECT {SIXTEEN} AS s0, {', '.join(f's{number} || s{number} AS s{number + 1}' for number in THIRTY)}",
    f"SELECT * FROM ({thirty_times('SELECT employees AS n FROM gold.kpis', 'SELECT n + n AS n FROM ({})')}) WHERE n > 0",
    f"SELECT * FROM {thirty_times('gold.kpis', '(SELECT *, * FROM {})')}",
    "WITH w0 AS (SELECT * FROM gold.kpis), "
    + ", ".join(f"w{number + 1} AS (SELECT * FROM w{number} UNION ALL SELECT * FROM w{number})" for number in THIRTY)
    + " SELECT count(*) FROM w30",
    f"SELECT {'1, ' * 40_000} 1",
    "SELECT length(" + thirty_times("'x'", "regexp_replace({}, '', version())") + ")",
    "SELECT length(" + thirty_times("'a'", "replace({}, 'a', md5('6403'))") + ")",
    "SELECT length(" + thirty_times("'0'", "replace({}, '0', CAST(CAST(1 AS DECIMAL(38, 37)) AS STRING))") + ")",
    "SELECT exists(l, a -> exists(l, b -> exists(l, c -> a + b + c < 0))) FROM (SELECT collect_list(id) AS l FROM gold.activites)",
]
