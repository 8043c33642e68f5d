"""The two tasks of README.md in Polars.

usage: python3 polars.py A|B LOG FOLDER

What is there to be known about it: the wanted members are scanned once into a frame; everything
after that is lazy, and runs in its streaming engine where that can.
"""

import os
import sys

# This file has the name of the library, which is looked for beside it first.
sys.path.pop(0)

import polars as pl  # noqa: E402

HOUR, DAY = 3_600_000, 86_400_000
WINDOWS = (7, 14, 30, 60)
RATES = (7, 30)
HALF_LIVES = {"1h": HOUR, "1d": DAY, "7d": 7 * DAY}
# Powers of two overflow after 1,024 half-lives. Sums that decay within an hour therefore begin
# anew with each span of twenty days; what is older than the span before has gone.
SPAN = 20 * DAY
KIND = pl.Enum(["show", "watch", "click", "like", "share", "dislike"])
MEMBERS = {
    "ts": pl.Int64,
    "event": pl.String,
    "user": pl.String,
    "item": pl.String,
    "author": pl.String,
    "watch_time": pl.Float64,
}

click, show, like = (pl.col("event") == kind for kind in ("click", "show", "like"))
fond = pl.col("event").is_in(["click", "like", "share"])
long_watch = pl.col("watch_time") > 30


def load(log):
    return (
        pl.scan_ndjson(log, schema=MEMBERS, row_index_name="seq")
        .with_columns(pl.col("event").cast(KIND))
        .collect(engine="streaming")
    )


def rates():
    shows = {n: pl.col(f"shows_of_{n}") for n in RATES}
    return [
        pl.when(shows[n] > 0).then(pl.col(f"clicks_of_{n}") / shows[n]).alias(f"ctr_{n}")
        for n in RATES
    ]


def outputs():
    windows = [f"{kind}_of_{n}" for kind in ("clicks", "shows") for n in WINDOWS]
    ratios = [f"ctr_{n}" for n in RATES]
    return ["clicks", "shows", *windows, *ratios, *(f"liked_{name}" for name in HALF_LIVES)]


def final_values(log, folder):
    last = log["ts"].max()
    ts = pl.col("ts")
    items = (
        log.lazy()
        .filter(click | show | like)
        .with_columns(age=last // DAY - ts // DAY)
        .group_by("item")
        .agg(
            click.sum().alias("clicks"),
            show.sum().alias("shows"),
            *(
                (kind & (pl.col("age") < n)).sum().alias(f"{name}_of_{n}")
                for name, kind in (("clicks", click), ("shows", show))
                for n in WINDOWS
            ),
            *(
                (2.0 ** ((ts.filter(like) - last) / half)).sum().alias(f"liked_{name}")
                for name, half in HALF_LIVES.items()
            ),
        )
        .with_columns(rates())
        .select("item", *outputs())
    )
    items.collect(engine="streaming").write_csv(f"{folder}/items.csv")
    pairs = (
        log.lazy()
        .filter(fond | long_watch)
        .group_by("user", "author")
        .agg(fond.sum().alias("fond"), pl.col("watch_time").sum().alias("watched"))
    )
    pairs.collect(engine="streaming").write_csv(f"{folder}/pairs.csv")


def rows(log, folder):
    start = log["ts"].min() // DAY * DAY
    day = pl.col("ts") // DAY
    counted = (
        log.lazy()
        .filter(click | show)
        .select(
            "seq", "ts", "user", "item", "author", show.alias("is_show"),
            click.cast(pl.Int64).cum_sum().over("item").alias("clicks"),
            # The row itself is the last of them.
            (show.cast(pl.Int64).cum_sum().over("item") - 1).alias("shows"),
        )
    )  # fmt: skip
    wanted = (
        counted.filter(pl.col("is_show"))
        .drop("is_show")
        .gather_every(10, offset=9)
        .with_columns(day=day)
        .collect()
    )
    out = wanted.lazy().join(before(log, wanted), on=["item", "day"], how="left").with_columns(
        (pl.col(kind) - pl.col(f"{kind}_before_{n}").fill_null(0)).alias(f"{kind}_of_{n}")
        for kind in ("clicks", "shows")
        for n in WINDOWS
    )
    out = (
        out.join(likes(log, wanted, start), on="seq", how="left")
        .join(pairs(log, wanted), on="seq", how="left")
        .with_columns(
            *rates(),
            *(pl.col(f"liked_{name}").fill_null(0.0) for name in HALF_LIVES),
            pl.col("fond").fill_null(0),
            pl.col("watched").fill_null(0.0),
        )
    )
    out.select("seq", *outputs(), "fond", "watched").sort("seq").collect().write_csv(
        f"{folder}/rows.csv"
    )


def before(log, wanted):
    """For each wanted item and day what had come by the end of the day before each window."""
    days = (
        log.lazy()
        .filter(click | show)
        .group_by("item", day=pl.col("ts") // DAY)
        .agg(clicks=click.sum().cast(pl.Int64), shows=show.sum().cast(pl.Int64))
        .sort("item", "day")
        .with_columns(pl.col("clicks", "shows").cum_sum().over("item"))
        .sort("day")
        .collect()
    )
    found = wanted.lazy().select("item", "day").unique().sort("day")
    for n in WINDOWS:
        names = {kind: f"{kind}_before_{n}" for kind in ("clicks", "shows")}
        edge = days.lazy().select("item", pl.col("day").alias("edge") + n, *names).rename(names)
        found = found.join_asof(
            edge, left_on="day", right_on="edge", by="item", check_sortedness=False
        ).drop("edge", strict=False)
    return found


def likes(log, wanted, start):
    """The decayed sums of likes before each wanted row."""
    ts, span = pl.col("ts"), pl.col("span")
    past = (
        log.lazy()
        .filter(like)
        .select("seq", "item", "ts", span=(ts - start) // SPAN)
        .with_columns(
            by_day=(2.0 ** ((ts - start) / DAY)).cum_sum().over("item"),
            by_week=(2.0 ** ((ts - start) / (7 * DAY))).cum_sum().over("item"),
            by_hour=(2.0 ** ((ts - start - span * SPAN) / HOUR)).cum_sum().over("item", "span"),
        )
        .drop("ts")
        .collect()
    )
    whole = past.lazy().group_by("item", span=span + 1).agg(whole=pl.col("by_hour").max())
    past = past.lazy().join(whole, on=["item", "span"], how="left", maintain_order="left")
    since = (ts - start - span * SPAN) / HOUR
    return (
        wanted.lazy()
        .select("seq", "ts", "item")
        .join_asof(past, on="seq", by="item", allow_exact_matches=False, check_sortedness=False)
        .select(
            "seq",
            liked_1h=pl.col("by_hour") * 2.0**-since
            + pl.col("whole").fill_null(0.0) * 2.0 ** -(since + SPAN / HOUR),
            liked_1d=pl.col("by_day") * 2.0 ** (-(ts - start) / DAY),
            liked_7d=pl.col("by_week") * 2.0 ** (-(ts - start) / (7 * DAY)),
        )
    )


def pairs(log, wanted):
    """What a user had to do with an author before each wanted row. Few events share both: they
    are joined and added up without any sorting."""
    past = log.lazy().filter(fond | long_watch)
    past = past.select("user", "author", "watch_time", fond=fond, past="seq")
    return (
        wanted.lazy()
        .select("seq", "user", "author")
        .join(past, on=["user", "author"])
        .filter(pl.col("past") < pl.col("seq"))
        .group_by("seq")
        .agg(pl.col("fond").sum(), watched=pl.col("watch_time").sum())
    )


def main():
    task, log, folder = sys.argv[1:4]
    os.makedirs(folder, exist_ok=True)
    {"A": final_values, "B": rows}[task](load(log), folder)


main()
