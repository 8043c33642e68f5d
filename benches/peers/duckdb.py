"""The two tasks of README.md in DuckDB.

usage: python3 duckdb.py A|B LOG FOLDER

What is there to be known about it: the log is scanned once, with the wanted members named, into a
table in memory whose `rowid` is the line; everything after that reads the table.
"""

import os
import sys

# This file has the name of the library, which is looked for beside it first.
sys.path.pop(0)

import duckdb  # noqa: E402

HOUR, DAY = 3_600_000, 86_400_000
WINDOWS = (7, 14, 30, 60)
RATES = (7, 30)
# Powers of two overflow after 1,024 half-lives. Sums that decay within an hour therefore begin
# anew with each span of twenty days; what is older than the span before has gone.
SPAN = 20 * DAY


def load(db, log):
    db.execute("CREATE TYPE kind AS ENUM ('show', 'watch', 'click', 'like', 'share', 'dislike')")
    db.execute(
        """
        CREATE TEMP TABLE log AS
        SELECT ts, event::kind AS event, "user", item, author, watch_time
        FROM read_json($log, format = 'newline_delimited', columns = {
            ts: 'BIGINT', event: 'VARCHAR', "user": 'VARCHAR', item: 'VARCHAR', author: 'VARCHAR',
            watch_time: 'DOUBLE'})
        """,
        {"log": log},
    )


def rates():
    return ", ".join(
        f"clicks_of_{n} / nullif(shows_of_{n}, 0) AS ctr_{n}" for n in RATES
    )


def final_values(db, folder):
    (last,) = db.execute("SELECT max(ts) FROM log").fetchone()
    windows = ", ".join(
        f"count(*) FILTER (event = '{kind}' AND age < {n}) AS {kind}s_of_{n}"
        for kind in ("click", "show")
        for n in WINDOWS
    )
    decays = ", ".join(
        f"coalesce(sum(pow(2.0, (ts - {last}) / {half}.0)) FILTER (event = 'like'), 0)"
        f" AS liked_{name}"
        for name, half in (("1h", HOUR), ("1d", DAY), ("7d", 7 * DAY))
    )
    # Without a window function nothing needs the lines' order.
    db.execute("SET preserve_insertion_order = false")
    db.execute(
        f"""
        COPY (
            SELECT item, clicks, shows, COLUMNS('_of_'), {rates()}, COLUMNS('liked')
            FROM (
                SELECT item,
                    count(*) FILTER (event = 'click') AS clicks,
                    count(*) FILTER (event = 'show') AS shows,
                    {windows}, {decays}
                FROM (SELECT item, event, ts, {last // DAY} - ts // {DAY} AS age FROM log
                      WHERE event IN ('click', 'show', 'like'))
                GROUP BY item)
        ) TO '{folder}/items.csv' (HEADER)
        """
    )
    db.execute(
        f"""
        COPY (
            SELECT "user", author,
                count(*) FILTER (event <> 'watch') AS fond,
                coalesce(sum(watch_time), 0) AS watched
            FROM log
            WHERE event IN ('click', 'like', 'share') OR watch_time > 30
            GROUP BY "user", author
        ) TO '{folder}/pairs.csv' (HEADER)
        """
    )


def rows(db, folder):
    (first,) = db.execute("SELECT min(ts) FROM log").fetchone()
    start = first // DAY * DAY
    # `row_number() OVER ()` numbers rows as they lie, without sorting them.
    db.execute(
        f"""
        CREATE TEMP TABLE wanted AS
        SELECT seq, ts, ts // {DAY} AS day, "user", item, author
        FROM (SELECT rowid AS seq, *, row_number() OVER () AS n FROM log WHERE event = 'show')
        WHERE n % 10 = 0
        """
    )
    # How many clicks and shows came before each row.
    totals = """
        SELECT seq, clicks, shows FROM (
            SELECT seq, event, sum((event = 'click')::INT) OVER line AS clicks,
                row_number() OVER line - 1 - clicks AS shows
            FROM (SELECT rowid AS seq, item, event FROM log WHERE event IN ('click', 'show'))
            WINDOW line AS (PARTITION BY item ORDER BY seq ROWS UNBOUNDED PRECEDING)
        ) SEMI JOIN wanted USING (seq)
    """
    # For each day of an item how many had come by the end of the day before each window. A row
    # is a show, so that its own day is always among them.
    before = ", ".join(
        f"coalesce(sum({kind}s) OVER before_{n}, 0) AS {kind}s_before_{n}"
        for kind in ("click", "show")
        for n in WINDOWS
    )
    frames = ", ".join(
        f"before_{n} AS (PARTITION BY item ORDER BY day"
        f" RANGE BETWEEN UNBOUNDED PRECEDING AND {n} PRECEDING)"
        for n in WINDOWS
    )
    days = f"""
        SELECT item, day, {before}
        FROM (
            SELECT item, ts // {DAY} AS day, count(*) FILTER (event = 'click') AS clicks,
                count(*) FILTER (event = 'show') AS shows
            FROM log WHERE event IN ('click', 'show') GROUP BY ALL)
        WINDOW {frames}
    """
    # Sums of likes, weighted as if they were read at the start of the log or of their span.
    likes = f"""
        SELECT item, seq, span,
            sum(pow(2.0, (ts - {start}) / {DAY}.0)) OVER item_so_far AS by_day,
            sum(pow(2.0, (ts - {start}) / {7 * DAY}.0)) OVER item_so_far AS by_week,
            sum(in_hours) OVER (PARTITION BY item, span ORDER BY seq ROWS UNBOUNDED PRECEDING)
                AS by_hour
        FROM (
            SELECT rowid AS seq, item, ts, (ts - {start}) // {SPAN} AS span,
                pow(2.0, (ts - {start} - span * {SPAN}) / {HOUR}.0) AS in_hours
            FROM log WHERE event = 'like')
        WINDOW item_so_far AS (PARTITION BY item ORDER BY seq ROWS UNBOUNDED PRECEDING)
    """
    # Few events share a user and an author: they are joined and added up without any sorting.
    pairs = """
        SELECT wanted.seq, count(*) FILTER (event <> 'watch') AS fond, sum(watch_time) AS watched
        FROM wanted JOIN (
            SELECT rowid AS seq, event, "user", author, watch_time FROM log
            WHERE event IN ('click', 'like', 'share') OR watch_time > 30
        ) AS past USING ("user", author)
        WHERE past.seq < wanted.seq
        GROUP BY wanted.seq
    """
    windows = ", ".join(
        f"({kind}s - {kind}s_before_{n})::BIGINT AS {kind}s_of_{n}"
        for kind in ("click", "show")
        for n in WINDOWS
    )
    db.execute(
        f"""
        COPY (
            WITH likes AS MATERIALIZED ({likes}),
            spans AS (SELECT item, span, max(by_hour) AS whole FROM likes GROUP BY ALL),
            liked AS (
                SELECT wanted.seq, by_day, by_week, wanted.ts, likes.span, by_hour, whole
                FROM wanted ASOF JOIN likes ON wanted.item = likes.item AND wanted.seq > likes.seq
                LEFT JOIN spans ON spans.item = likes.item AND spans.span = likes.span - 1),
            decayed AS (
                SELECT seq,
                    by_hour * pow(2.0, -least((ts - {start} - span * {SPAN}) / {HOUR}.0, 1000))
                    + coalesce(whole, 0)
                        * pow(2.0, -least((ts - {start} - (span - 1) * {SPAN}) / {HOUR}.0, 1000))
                        AS liked_1h,
                    by_day * pow(2.0, -(ts - {start}) / {DAY}.0) AS liked_1d,
                    by_week * pow(2.0, -(ts - {start}) / {7 * DAY}.0) AS liked_7d
                FROM liked)
            SELECT seq, clicks, shows, COLUMNS('_of_'), {rates()},
                coalesce(liked_1h, 0) AS liked_1h, coalesce(liked_1d, 0) AS liked_1d,
                coalesce(liked_7d, 0) AS liked_7d,
                coalesce(fond, 0) AS fond, coalesce(watched, 0) AS watched
            FROM (
                SELECT seq, clicks::BIGINT AS clicks, shows::BIGINT AS shows, {windows}
                FROM wanted JOIN ({totals}) USING (seq) JOIN ({days}) USING (item, day))
            LEFT JOIN decayed USING (seq) LEFT JOIN ({pairs}) USING (seq)
            ORDER BY seq
        ) TO '{folder}/rows.csv' (HEADER)
        """
    )


def main():
    task, log, folder = sys.argv[1:4]
    os.makedirs(folder, exist_ok=True)
    db = duckdb.connect(config={"threads": len(os.sched_getaffinity(0))})
    load(db, log)
    {"A": final_values, "B": rows}[task](db, folder)


main()
