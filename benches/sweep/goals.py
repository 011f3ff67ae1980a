"""The goals of the sweep, and whether they were met."""
from dataclasses import dataclass

from sweeps import ratio

MILLION, TEN_MILLION = "1m", "10m"


@dataclass(frozen=True)
class Goal:
    """A goal, what was measured, and whether that meets it: None if it was not measured."""

    goal: str
    measured: str
    met: bool | None


def unknown(goal):
    return Goal(goal, "not measured", None)


def at_least(goal, value, least, text):
    """Met from `least` up; `text` says the value, and is made only if there is one."""
    return unknown(goal) if value is None else Goal(goal, text(value), value >= least)


def at_most(goal, value, most, text):
    return unknown(goal) if value is None else Goal(goal, text(value), value <= most)


def goals(by_name):
    """The goals, checked on {name: Measured}."""
    million, ten = by_name.get(MILLION), by_name.get(TEN_MILLION)
    two = million and million.two
    one = million and million.one
    pairs = million.pairs if million else {}
    return [
        *beside_splink(million),
        at_most(
            "10 million records: at most 11 times the time of 1 million",
            ratio(ten and ten.two, two), 11, lambda times: f"{times:.1f} times",
        ),
        at_most(
            "10 million records: at most 250 bytes of resident memory a record",
            ten and ten.two and ten.two.bytes_per_record, 250, lambda figure: f"{figure:.0f} bytes",
        ),
        at_least(
            "pair scoring: at least 10 million candidate pairs a second a core, with early exit",
            pairs[1].per_second if 1 in pairs else None, 10e6,
            lambda rate: f"{rate / 1e6:.2f} million; {pairs[1].per_second_to_the_end / 1e6:.2f} million without early exit",
        ),
        at_least(
            "scoring phase: 2 threads at least 1.8 times as fast as 1",
            ratio(one, two, lambda sweep: sweep.phases.get("score")), 1.8, lambda times: f"{times:.2f} times",
        ),
    ]


def beside_splink(million):
    """The three goals that Splink on the million decides."""
    faster = "1 million records: at least 30 times as fast as Splink, end to end"
    smaller = "1 million records: at most a third of Splink's peak memory"
    as_right = "1 million records: F1 at least that of Splink"
    splink = million and million.splink
    if not (splink and million.two):
        return [unknown(faster), unknown(smaller), unknown(as_right)]
    times = splink.seconds / million.two.seconds
    part = million.two.peak_bytes / splink.peak_bytes if splink.peak_bytes else None
    if not splink.finished:
        # A run that was stopped is a lower bound of its time and memory, and has no result.
        return [
            Goal(faster, f"more than {times:.1f} times (Splink {splink.remark})", True if times >= 30 else None),
            unknown(smaller) if part is None else
            Goal(smaller, f"less than {part:.2f} of it (Splink {splink.remark})", True if part <= 1 / 3 else None),
            Goal(as_right, f"Splink {splink.remark}", None),
        ]
    best = max(splink.at_default.scores.f1, splink.chosen.scores.f1)
    return [
        at_least(
            faster, times, 30,
            lambda times: f"{times:.1f} times; "
            f"{(splink.seconds - splink.training) / million.two.seconds:.1f} times if Splink's training is left out",
        ),
        at_most(smaller, part, 1 / 3, lambda part: f"{part:.2f} of it"),
        at_least(
            as_right, million.scores.f1, best,
            lambda f1: f"{f1:.4f}; Splink {splink.at_default.scores.f1:.4f} at 0.95, "
            f"{splink.chosen.scores.f1:.4f} at the threshold that does best against the truth",
        ),
    ]
