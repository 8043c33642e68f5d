"""Measures how fast each form of a log is read beside a plain one of the same events.

usage: python3 benches/forms/run.py [--events N] [--pairs N] [--folder DIR] [--program FILE]
                                    [--only WORD]

Makes the logs, builds the program, checks that the values are equal, and prints Markdown. The two
logs of a pair take turns, so that whatever else the machine does meets both.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from logs import FORMS, made


def command(program, settings, log):
    return [program, "values", settings, log, "--threads", "1"]


def cpu(program, settings, log):
    """The seconds of CPU, user and system, of one run, as the kernel tells them."""
    child = subprocess.Popen(command(program, settings, log), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"error: {settings} ended with {child.returncode}")
    return used.ru_utime + used.ru_stime


def values(program, settings, log):
    """The values of each feature at each key, whatever its attribute is called."""
    told = subprocess.run(command(program, settings, log), check=True, capture_output=True, text=True)
    rows = map(json.loads, told.stdout.splitlines())
    return {(row["feature"], *row["key"].values()): row["value"] for row in rows}


def interval(ratios):
    """The median, and its 95 % interval by order statistics."""
    ordered = sorted(ratios)
    count = len(ordered)
    # The ranks that the binomial distribution leaves 2.5 % behind on each side.
    weights, total = [], 0
    for number in range(count + 1):
        weights.append(total)
        total += _choose(count, number)
    low = max(number for number in range(count + 1) if weights[number] <= 0.025 * total)
    low = max(low - 1, 0)
    return statistics.median(ordered), ordered[low], ordered[count - 1 - low]


def _choose(count, number):
    product = 1
    for step in range(number):
        product = product * (count - step) // (step + 1)
    return product


def measured(program, one, other, pairs):
    """Pairs of runs in turns, each second pair the other way round."""
    found = []
    for number in range(pairs):
        if number % 2:
            second, first = cpu(program, *other), cpu(program, *one)
        else:
            first, second = cpu(program, *one), cpu(program, *other)
        found.append((first, second))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--folder", default=os.path.join(ROOT, "target", "forms"))
    parser.add_argument("--program")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    os.makedirs(given.folder, exist_ok=True)
    program = given.program
    if not program:
        build = ["cargo", "build", "--release", "--locked", "--manifest-path"]
        subprocess.run([*build, os.path.join(ROOT, "Cargo.toml")], check=True)
        program = os.path.join(ROOT, "target", "release", "counterscope")
    print("| form | beside | CPU s | of it | ratio, median [95 %] |\n|---|---|---|---|---|", flush=True)
    plain = made(given.folder, "one object per line", given.events)
    rows = [("one object per line", "itself", plain, plain)]
    for form, (beside, *_) in FORMS.items():
        if beside and given.only in form:
            one, other = (made(given.folder, name, given.events) for name in (form, beside))
            rows.append((form, beside, one, other))
    for form, beside, one, other in rows:
        same = form == "const" or values(program, *one) == values(program, *other)
        if not same:
            sys.exit(f"error: {form} has other values than {beside}")
        found = measured(program, one, other, given.pairs)
        middle, low, high = interval([first / second for first, second in found])
        first, second = (statistics.median(times) for times in zip(*found))
        print(f"| {form} | {beside} | {first:.2f} | {second:.2f} "
              f"| {middle:.2f} [{low:.2f}, {high:.2f}] |", flush=True)


if __name__ == "__main__":
    main()
