"""Tells whether two answers to a task of README.md are equal.

usage: python3 compare.py A|B FOLDER FOLDER

A folder holds what duckdb.py or polars.py wrote, or counterscope's own answer: `values.csv` for
task A, a line for each feature and key, and `dataset.csv` for task B. Numbers are equal if they
differ by no more than 1e-8 of their size; below a millionth they count as that.
"""

import os
import sys

# A file beside this one has the name of the library.
sys.path.pop(0)

import polars as pl  # noqa: E402

TOLERANCE, SMALL = 1e-8, 1e-6
TASKS = {"A": {"items.csv": ["item"], "pairs.csv": ["user", "author"]}, "B": {"rows.csv": ["seq"]}}


def answer(folder, name, keys):
    """A table of one answer: its keys, and a column of numbers for each output."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        table = pl.read_csv(path, infer_schema=False)
    elif name == "rows.csv":
        table = pl.read_csv(os.path.join(folder, "dataset.csv"), infer_schema=False)
        table = table.drop("timestamp", "item", "user", "author")
    else:
        table = pivoted(os.path.join(folder, "values.csv"), keys)
    numbers = [column for column in table.columns if column not in keys]
    table = table.with_columns(pl.col(numbers).cast(pl.Float64))
    if "seq" in keys:
        table = table.with_columns(pl.col("seq").cast(pl.Int64))
    return table.sort(keys)


def pivoted(path, keys):
    """The long values of one scope with a column for each output. A count or a sum at a key that
    it never counted is not listed: it is 0. A rate that is not listed has no value."""
    values = pl.read_csv(path, infer_schema=False)
    others = [key for key in ("item", "user", "author") if key not in keys]
    values = values.filter(
        *(pl.col(key).is_not_null() for key in keys), *(pl.col(key).is_null() for key in others)
    )
    table = values.pivot("feature", index=keys, values="value")
    plain = [name for name in table.columns if name not in keys and not name.startswith("ctr_")]
    return table.with_columns(pl.col(plain).fill_null("0"))


def differences(name, keys, one, other):
    """What is not equal in two tables, as sentences."""
    if set(one.columns) != set(other.columns):
        odd = sorted(set(one.columns) ^ set(other.columns))
        return [f"{name}: not in both: {', '.join(odd)}"]
    if one.height != other.height:
        return [f"{name}: {one.height} rows and {other.height}"]
    found = [f"{name}: keys differ in `{key}`" for key in keys if not one[key].equals(other[key])]
    if found:
        return found
    for column in one.columns:
        if column in keys:
            continue
        a, b = one[column], other[column]
        if not a.is_null().equals(b.is_null()):
            found.append(f"{name}: `{column}` is missing in one answer only")
            continue
        worst = ((a - b).abs() / a.abs().clip(SMALL)).max()
        if worst is not None and not worst <= TOLERANCE:
            found.append(f"{name}: `{column}` differs by up to {worst:.1e} of its size")
    return found


def main():
    task, *folders = sys.argv[1:4]
    found, cells = [], 0
    for name, keys in TASKS[task].items():
        one, other = (answer(folder, name, keys) for folder in folders)
        found += differences(name, keys, one, other)
        cells += one.height * (one.width - len(keys))
    print("\n".join(found) if found else f"equal: {cells:,} values")
    sys.exit(bool(found))


main()
