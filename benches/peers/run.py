"""Measures counterscope, DuckDB and Polars at the tasks of README.md, and the floor.

usage: python3 benches/peers/run.py [--events N] [--times N] [--folder DIR] [--log FILE]
                                   [--program FILE]

Makes the log, builds what is to be built, checks that all answers are equal, and prints Markdown.
The tools take turns, so that whatever else the machine does meets all of them.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OWN = os.path.join(ROOT, "Cargo.toml")
FLOOR = os.path.join(ROOT, "benches", "floor", "Cargo.toml")
CONFIG = os.path.join(HERE, "feed.yaml")
OURS = "counterscope"


class Run:
    """One run of a program, as the kernel tells of it, its own children included."""

    def __init__(self, command, out=None):
        with open(out or os.devnull, "wb") as stdout:
            child = subprocess.Popen(command, stdout=stdout)
            began = os.times().elapsed
            _, status, used = os.wait4(child.pid, 0)
        self.wall = os.times().elapsed - began
        self.cpu = used.ru_utime + used.ru_stime
        self.peak = used.ru_maxrss / 1024
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"error: {' '.join(command)} ended with {child.returncode}")


def built(folder, name, manifest, *more, flags=None):
    """Builds a package; returns the folder of what was built."""
    target = os.path.join(folder, name)
    environment = dict(os.environ, **({"RUSTFLAGS": flags} if flags else {}))
    cargo = ["cargo", "build", "--release", "--quiet", "--manifest-path", manifest]
    subprocess.run([*cargo, "--target-dir", target, *more], check=True, env=environment)
    return os.path.join(target, "release")


def floors(folder):
    """The command of each floor, but for the log."""
    name = "counterscope-floor"
    plain = os.path.join(built(folder, "floor", FLOOR), name)
    native = os.path.join(built(folder, "floor-native", FLOOR, flags="-C target-cpu=native"), name)
    return {
        "serde_json": [plain, "serde"],
        "sonic-rs": [plain, "sonic"],
        "sonic-rs, compiled for this very CPU": [native, "sonic"],
    }


def made(folder, events):
    """The log."""
    log = os.path.join(folder, f"feed-{events}.ndjson")
    if not os.path.exists(log):
        release = built(folder, "target", OWN, "--example", "sample_events")
        writer, part = os.path.join(release, "examples", "sample_events"), f"{log}.part"
        subprocess.run([writer, part, "--world", "feed", "--events", str(events)], check=True)
        shutil.move(part, log)
    return log


def tools(program, task, log, folder):
    """The command of each tool for a task, and where its stdout goes."""

    def at(tool):
        path = os.path.join(folder, f"{task}-{tool}")
        os.makedirs(path, exist_ok=True)
        return path

    def peer(name):
        script = os.path.join(HERE, f"{name.lower()}.py")
        return [sys.executable, script, task, log, at(name)], None

    if task == "A":
        command = [program, "values", CONFIG, log]
        out = os.path.join(at(OURS), "values.csv")
    else:
        command = [program, "dataset", CONFIG, log, "--on", "show", "--every", "10"]
        out = os.path.join(at(OURS), "dataset.csv")
    ours = [*command, "--format", "csv"], out
    return {OURS: ours, **{name: peer(name) for name in ("DuckDB", "Polars")}}


def spread(values, digits):
    """The median, and from where to where the values go."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def ratio(ours, theirs):
    """The median of what ours takes of theirs in the same round."""
    return f"{statistics.median(a / b for a, b in zip(ours, theirs, strict=True)):.3f}"


def table(title, rounds):
    """A Markdown table; ratios are those of the first of the tools to each."""
    names = list(rounds[0])
    ours = [done[names[0]] for done in rounds]
    print(f"\n{title}\n")
    print(f"| | CPU s | wall s | peak MiB | {names[0]}: CPU | wall | memory |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        theirs = [done[name] for done in rounds]
        cells = [
            spread([run.cpu for run in theirs], 2),
            spread([run.wall for run in theirs], 2),
            spread([run.peak for run in theirs], 0),
        ]
        for what in ("cpu", "wall", "peak"):
            pair = ([getattr(run, what) for run in runs] for runs in (ours, theirs))
            cells.append("" if name == names[0] else ratio(*pair))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("--events", type=int, default=5_000_000, help="how long the log is")
    wishes.add_argument("--times", type=int, default=5, help="how often each tool runs")
    place = os.path.join(ROOT, "target", "peers")
    wishes.add_argument("--folder", default=place, help="where everything is put")
    wishes.add_argument("--log", help="a log of this kind, instead of making one")
    wishes.add_argument("--program", help="a counterscope that is built, instead of building it")
    wishes = wishes.parse_args()
    folder = os.path.abspath(wishes.folder)
    os.makedirs(folder, exist_ok=True)
    program = wishes.program or os.path.join(built(folder, "target", OWN), OURS)
    program, log = os.path.abspath(program), wishes.log or made(folder, wishes.events)
    size = os.path.getsize(log) / 2**20
    print(f"{os.path.basename(log)}: {size:,.0f} MiB; medians of {wishes.times}, from–to")
    titles = {"A": "Task A: final values", "B": "Task B: rows before every tenth show"}
    for task, title in titles.items():
        commands = tools(program, task, log, folder)
        rounds = [
            {name: Run(*command) for name, command in commands.items()}
            for _ in range(wishes.times)
        ]
        for name in commands:
            if name != OURS:
                folders = (os.path.join(folder, f"{task}-{which}") for which in (OURS, name))
                compare = [sys.executable, os.path.join(HERE, "compare.py"), task, *folders]
                if subprocess.run(compare, stdout=sys.stderr).returncode != 0:
                    sys.exit(f"error: task {task}: the answers of {OURS} and {name} differ")
        table(title, rounds)
    # One feature is written; all of them are replayed.
    values = [program, "values", CONFIG, log, "--format", "csv", "--feature", "clicks"]
    commands = {
        "replay of all features": values,
        "the same, one thread": [*values, "--threads", "1"],
        **{f"{name}, parsing alone": [*command, log] for name, command in floors(folder).items()},
    }
    rounds = [
        {name: Run(command) for name, command in commands.items()} for _ in range(wishes.times)
    ]
    table("Replay against parsing alone", rounds)


main()
