"""The logs of README.md: the same events in every form, each with what its config says of it."""

import json
import os
import random
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

START = 1_704_067_200
BERLIN = ZoneInfo("Europe/Berlin")
KINDS = ["show", "show", "show", "click", "watch"]
FLAGS = ["show", "click", "watch"]
# How many events a line has, of forms in which it has several.
GROUP = 4


def events(count):
    """The events, in groups that share a time, a user and what else a line around them has."""
    draw = random.Random(13)
    for number in range(0, count, GROUP):
        user = draw.randrange(20_000)
        outer = {
            "ts": (START + number) * 1000 + draw.randrange(1000),
            "user": f"u{user:06}",
            "country": f"c{user % 30}",
            "device": "phone",
            "request": f"{draw.getrandbits(64):016x}",
        }
        group = []
        for _ in range(min(GROUP, count - number)):
            item = int(draw.paretovariate(0.6)) % 50_000
            author = item % 900
            group.append({
                "event": draw.choice(KINDS),
                "item": f"v{item:07}",
                "author": f"a{author:05}",
                "category": f"cat{author % 17}",
                "position": draw.randrange(50),
                "watch_time": draw.randrange(90_000) / 1000,
            })
        yield outer, group


def line(values):
    return json.dumps(values, separators=(",", ":"))


def flat(count):
    for outer, group in events(count):
        for event in group:
            yield {**outer, **event}


def text_of(ts, zone, pattern, digits=0):
    time = datetime.fromtimestamp(ts / 1000, timezone.utc).astimezone(zone)
    text = time.strftime(pattern)
    return text + f"{ts % 1000:03}"[:digits] if digits else text


def timed(count, write):
    for values in flat(count):
        yield line({**values, **write(values["ts"])})


def rows(count, separator, head):
    for number, values in enumerate(flat(count)):
        if number == 0 and head:
            yield separator.join(values)
        yield separator.join(str(value) for value in values.values())


def pretty(count):
    for values in flat(count):
        yield json.dumps(values, indent=2)


def array(count, between):
    lines = [line(values) for values in flat(count)]
    yield "[" + between.join(lines) + "]"


def each(count):
    for outer, group in events(count):
        yield line({**outer, "items": group})


def one_flag(count):
    for values in flat(count):
        kind = values.pop("event")
        yield line({**values, **{f"is_{flag}": int(flag == kind) for flag in FLAGS}})


def several_flags(count):
    """Lines of which each flag is set, and the same events one by one."""
    for values in flat(count // len(FLAGS)):
        del values["event"]
        yield line({**values, **{f"is_{flag}": 1 for flag in FLAGS}})


def several_plain(count):
    for values in flat(count // len(FLAGS)):
        for flag in FLAGS:
            yield line({**values, "event": flag})


def joined(count):
    """What is said of an item stands in lines of its own, before its first event."""
    known = set()
    for values in flat(count):
        author, category = values.pop("author"), values.pop("category")
        if values["item"] not in known:
            known.add(values["item"])
            about = {"ts": values["ts"], "about": values["item"]}
            yield line({**about, "author": author, "category": category})
        yield line(values)


def known(count):
    for number, values in enumerate(flat(count)):
        yield line({**values, "received_at": values["ts"] + number // GROUP % 7 * 1000})


def quoted(count):
    for values in flat(count):
        texts = {name: str(values[name]) for name in ("position", "watch_time")}
        yield line({**values, **texts})


def nested(count):
    for values in flat(count):
        params = [{"key": name, "value": {"text": values.pop(name)}}
                  for name in ("category", "author")]
        yield line({**values, "params": params})


ISO = "%Y-%m-%dT%H:%M:%S."
COLUMNS = "[ts, user, country, device, request, event, item, author, category, position, watch_time]"
# What stands for `author` in the config where it lies elsewhere.
AUTHOR = "author"
JOIN = "{when: {about: {exists: true}}, key: about, on: item, as: of}"

# Per form: what it is compared with, its lines, what `events` says of it, where `author` lies.
FORMS = {
    "one object per line": (None, lambda n: map(line, flat(n)), "", AUTHOR),
    "a list on one line": ("one object per line", lambda n: array(n, ","), "", AUTHOR),
    "a list over lines": ("one object per line", lambda n: array(n, ",\n"), "", AUTHOR),
    "objects over lines": ("one object per line", pretty, "", AUTHOR),
    "each": ("one object per line", each, "each: items", AUTHOR),
    "flags, one set": (
        "one object per line", one_flag,
        "flags: {show: is_show, click: is_click, watch: is_watch}", AUTHOR),
    "an event per line": (None, several_plain, "", AUTHOR),
    "flags, three set": (
        "an event per line", several_flags,
        "flags: {show: is_show, click: is_click, watch: is_watch}", AUTHOR),
    "const": ("one object per line", lambda n: map(line, flat(n)), "type: {const: show}", AUTHOR),
    "metadata": ("one object per line", joined, f"metadata: [{JOIN}]", "of.author"),
    "known": ("one object per line", known, "known: received_at", AUTHOR),
    "a path into a list": (
        "one object per line", nested, "", "params[key=author].value.text"),
    "numbers: text": ("one object per line", quoted, "numbers: text", AUTHOR),
    "times as text": (
        None, lambda n: timed(n, lambda ts: {"ts": text_of(ts, timezone.utc, ISO, 3) + "Z"}),
        "", AUTHOR),
    "zone": (
        "times as text", lambda n: timed(n, lambda ts: {"ts": text_of(ts, BERLIN, ISO, 3)}),
        "zone: Europe/Berlin", AUTHOR),
    "time_format": (
        "times as text",
        lambda n: timed(n, lambda ts: {"ts": text_of(ts, timezone.utc, "%d/%b/%Y %H:%M:%S.", 3)}),
        'time_format: "%d/%b/%Y %H:%M:%S%.f"', AUTHOR),
    "time_format of digits": (
        "one object per line",
        lambda n: timed(n, lambda ts: {"ts": int(text_of(ts, timezone.utc, "%Y%m%d%H%M%S", 3))}),
        'time_format: "%Y%m%d%H%M%S%3f"', AUTHOR),
    "timestamp of two members": (
        "times as text",
        lambda n: timed(n, lambda ts: {
            "ts": text_of(ts, timezone.utc, "%Y-%m-%d"),
            "hour": text_of(ts, timezone.utc, "%H:%M:%S.", 3)}),
        "timestamp: [ts, hour]", AUTHOR),
    "CSV": (None, lambda n: rows(n, ",", True), "", AUTHOR),
    "columns, separator ::": (
        "CSV", lambda n: rows(n, "::", False), f'columns: {COLUMNS}, separator: "::"', AUTHOR),
    "quote: none, tabs": (
        "CSV", lambda n: rows(n, "\t", True), "quote: none", AUTHOR),
}


def config(form):
    """The config that reads a form."""
    _, _, says, author = FORMS[form]
    author = json.dumps(author)
    clicks = "" if form == "const" else ", interaction: click"
    return (
        f"events: {{{says}}}\nfeatures:\n"
        f"- {{name: clicks, type: counter{clicks}, scope: item}}\n"
        f"- {{name: seen, type: counter, scope: {author}, aggregate: sum, value: watch_time}}\n"
    )


def made(folder, form, count):
    """The config and the log of a form."""
    name = "".join(sign if sign.isalnum() else "-" for sign in form)
    log, settings = (os.path.join(folder, f"{name}-{count}.{end}") for end in ("log", "yaml"))
    with open(settings, "w", encoding="utf-8") as file:
        file.write(config(form))
    if not os.path.exists(log):
        with open(f"{log}.part", "w", encoding="utf-8") as file:
            for text in FORMS[form][1](count):
                file.write(text + "\n")
        os.replace(f"{log}.part", log)
    return settings, log
