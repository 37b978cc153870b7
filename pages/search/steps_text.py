"""The seven pictures of "Step through LSH" in words, for someone who never heard of hashing: trace -> titles and text.

Words between ** are set strong: each marks the place where a term is explained.
"""

import math

from lsh_engine import LSHTrace, PlanTrace

from ..common.text import count, percent

PLANS = {
    "auto": "automatic",
    "tables": "hash tables",
    "multiprobe": "multiprobe",
    "sketch": "sketch",
    "exhaustive": "look at everything",
}


def steps_of(trace: LSHTrace) -> list[dict[str, str]]:
    """kind, title and text of every picture, in order."""
    return [
        _step("descriptor", "The crop becomes a list of numbers", _descriptor(trace)),
        _step("planes", "Random cuts through space", _planes(trace)),
        _step("bits", "Every cut gives one bit", _bits(trace)),
        _step("tables", f"{count(trace.n_tables, 'table')}, {count(trace.n_tables, 'chance')}", _tables(trace)),
        _step("candidates", "Few are left to look at", _candidates(trace)),
        _step("answer", "The exact angle decides", _answer(trace)),
        _step("why", why_title(trace), _why(trace)),
    ]


def _step(kind: str, title: str, text: str) -> dict[str, str]:
    return {"kind": kind, "title": title, "text": text}


def _descriptor(trace: LSHTrace) -> str:
    return (
        f"A neural network looks at your crop and writes down {len(trace.query)} numbers: its **descriptor**. Things "
        "that look alike get similar numbers. Every photo was cut into overlapping **patches**, and each patch was "
        "described in the same way. Below your crop is the patch of this photo that comes nearest."
    )


def _planes(trace: LSHTrace) -> str:
    n = min(table.n_differ for table in trace.tables)
    return (
        "Read both lists as arrows: alike things point alike. The **angle** between the arrows tells how unlike they "
        f"are; here it is {trace.angle:.2f} rad ({math.degrees(trace.angle):.0f}°). A **hyperplane** is a random cut "
        f"through the space of all arrows, and a cut passes between two arrows with chance angle / π = "
        f"{percent(trace.angle / math.pi)}. {_of_table(trace)} has {trace.n_hyperplanes} cuts, of which "
        f"{n or 'none'} {'passes' if n == 1 else 'pass'} between these two."
    )


def _of_table(trace: LSHTrace) -> str:
    number = closest_table(trace) + 1
    if any(table.shared for table in trace.tables):
        return f"Table {number}, where both end up together,"
    return f"Table {number}, where the two agree best,"


def closest_table(trace: LSHTrace) -> int:
    """The table that is shown first: the one whose keys differ least."""
    differing = [table.n_differ for table in trace.tables]
    return differing.index(min(differing))


def _bits(trace: LSHTrace) -> str:
    table = trace.tables[closest_table(trace)]
    k, n = trace.n_hyperplanes, table.n_differ
    if not n:
        ending = f"All {k} agree: crop and patch have the same key."
    else:
        ending = f"{count(n, 'bit')} of {k} {'differs' if n == 1 else 'differ'}, so the keys are two different ones."
    return (
        "Which side of a cut an arrow lies on is one **bit**: 1 or 0. The bits of all cuts of a table, one after the "
        f"other, are the **key** of an arrow. {ending}"
    )


def _tables(trace: LSHTrace) -> str:
    shared = [i + 1 for i, table in enumerate(trace.tables) if table.shared]
    one = (1 - trace.angle / math.pi) ** trace.n_hyperplanes
    where = "in none of them" if not shared else f"in table {shared[0]}" if len(shared) == 1 else f"in {len(shared)}"
    text = (
        "All patches with the same key lie in one **bucket** of the **table**, so the crop's key opens the bucket with "
        f"those that resemble it. But a single wrong bit leads to another bucket, and all {trace.n_hyperplanes} agree "
        f"with a chance of only {percent(one)} at this angle. That is why there are {trace.n_tables} tables, each with "
        f"cuts of its own: these two share a bucket {where}."
    )
    if trace.n_pairs > 1:
        together = count(trace.n_shared, "table")
        text += f" Counting all {trace.n_pairs} pairs of a patch and a crop size within delta: in {together}."
    return text


def _candidates(trace: LSHTrace) -> str:
    tables, plan = trace.plan_of("tables"), trace.plan
    text = (
        f"Only what lies in the opened buckets is looked at: {_looked_at(tables)}. These are the **candidates**; "
        f"{_among(tables)}"
    )
    if plan.chosen == "tables":
        return text
    if plan.chosen == "exhaustive":
        return f"{text} This search looked at everything instead: here that is the cheapest way to miss little."
    return f"{text} This search went another way: {_other_way(trace)} That left {_looked_at(plan)}; {_among(plan)}"


def _looked_at(plan: PlanTrace) -> str:
    share = percent(plan.n_candidates / max(1, plan.n_vectors))
    return f"{plan.n_candidates:,} of {plan.n_vectors:,} comparisons ({share})"


def _among(plan: PlanTrace) -> str:
    return "this photo is among them." if plan.found else "this photo is not in the answer that comes of them."


def _other_way(trace: LSHTrace) -> str:
    if trace.plan.chosen == "sketch" and trace.sketch:
        bits = trace.sketch
        return (
            f"a **sketch**, {bits.n_bits} bits of every patch, is compared in one sweep, and up to {bits.n_allowed} "
            f"may differ. For this pair {bits.n_differ} do."
        )
    if trace.plan.chosen == "multiprobe" and trace.probes:
        probes = trace.probes
        held = f"number {probes.holding} holds this patch." if probes.holding else "none of them holds this patch."
        return (
            f"**multiprobe** opens the buckets next door too, the likeliest first. Of {probes.n_probes} buckets with "
            f"keys of {probes.n_hyperplanes} bits in {probes.n_tables} tables, {held}"
        )
    return f"{trace.plan.reason}."


def _answer(trace: LSHTrace) -> str:
    found = sum(trace.found)
    text = (
        "Candidates are measured exactly, so nothing false gets through: a photo is in the answer when its angle is at "
        f"most **delta**, here {trace.delta:.2f} rad. {count(len(trace.angles), 'photo')} "
        f"{'lies' if len(trace.angles) == 1 else 'lie'} within delta; this search found {found:,}."
    )
    side = "within" if trace.within else "beyond"
    return f"{text} This photo lies {side} it, at {trace.angle:.3f} rad."


def why_title(trace: LSHTrace) -> str:
    if not trace.within:
        return "Why this photo is no match"
    return "Why this photo was found" if trace.plan.found else "Why this photo was missed"


def _why(trace: LSHTrace) -> str:
    return f"{_verdict(trace)} {_more_tables(trace)}".strip()


def _verdict(trace: LSHTrace) -> str:
    plan, shared = trace.plan, trace.n_shared
    chance = percent(plan.chance)
    match trace.why:
        case "beyond":
            return (
                f"Its nearest patch is {trace.angle:.3f} rad away, farther than delta ({trace.delta:.2f}). No plan may "
                f"show it, not even one that looks at everything; a delta of {math.ceil(trace.angle * 100) / 100:.2f} "
                "would."
            )
        case "looked at all":
            return "Found, because this search compared every patch: that misses nothing and costs the most."
        case "shared bucket" if plan.chosen == "tables":
            return f"Found: the photo shares a bucket in {count(shared, 'table')}. The chance of that was {chance}."
        case "shared bucket":
            return f"Found: a bucket that was opened holds a patch of it. The chance of that was {chance}."
        case "few bits":
            return f"Found: few enough bits of its sketch differ. The chance of that was {chance}."
        case "too many bits":
            return f"Missed by bad luck: too many bits of its sketch differ. The chance to find it was {chance}."
        case "no bucket":
            return (
                "Missed: no bucket that was opened holds a patch of it that is near enough. The chance to find it was "
                f"{chance}."
            )
        case _:
            return (
                f"Missed: a bucket held it, but the quick check of its sketch dropped it. It had a chance of {chance}."
            )


def _more_tables(trace: LSHTrace) -> str:
    if not trace.within or trace.plan_of("tables").found:
        return ""
    if trace.first_shared is None:
        return f"Even {trace.n_drawn} hash tables with these keys would not have found it."
    return f"Of hash tables with these keys, number {trace.first_shared} would be the first to find it."


def ways_of(trace: LSHTrace) -> list[dict]:
    """What each way would have done with this photo: rows of the last picture."""
    built, *others = trace.what_if
    mine = trace.plan.name == "tables"
    rows = [] if mine else [_plan_row(trace.plan, f"This search: {PLANS[trace.plan.name]}")]
    for other in (built, *others):
        if other is built:
            name = f"{'This search: hash' if mine else 'Hash'} tables, k = {other.n_hyperplanes}, L = {other.n_tables}"
        elif other.n_hyperplanes == built.n_hyperplanes:
            name = f"More tables: L = {other.n_tables}"
        else:
            name = f"Shorter keys: k = {other.n_hyperplanes}"
        note = f"shares {count(other.n_shared, 'bucket')}"
        rows.append(_row(name, other.found, other.chance, other.n_candidates, note, not other.counted))
    asked = {"tables", trace.plan.name}
    rows += [_plan_row(plan, PLANS[plan.name].capitalize()) for plan in trace.plans if plan.name not in asked]
    return rows


def _plan_row(plan: PlanTrace, name: str) -> dict:
    note = f"takes {PLANS.get(plan.chosen, plan.chosen)}" if plan.chosen != plan.name else ""
    return _row(name, plan.found, plan.chance, plan.n_candidates, note, False)


def _row(name: str, found: bool, chance: float, n_candidates: int, note: str, foretold: bool) -> dict:
    about = "about " if foretold else ""
    return {
        "name": name,
        "found": found,
        "chance": percent(chance),
        "cost": f"{about}{n_candidates:,}",
        "note": note,
    }
