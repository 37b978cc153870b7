"""What source A published, with a note wherever a figure cannot be right. What the source does not state is None.

The source: GeM on VGG16, angles in radians, k = 20, L = 50, 200,000 photos, two virtual CPUs.
"""

COPIED = (
    "The published accuracy 0.92 cannot be right: with the published recall and precision, 1 - A would need a "
    "prevalence of {}. About 0.99 is expected; the figure was probably copied from another row."
)
EMPTY = "Accuracy 0.90 is what an empty answer gets where a tenth of the photos are targets: it tells nothing."
SOFT = (
    "Not a gain in quality: LSH drops part of the false hits near the threshold, as a lower delta would. The odds of a "
    "false hit fall by 0.46, the chance of a collision near 0.6 rad is 0.52."
)
COSTS = (
    "The source's “% of DB” is the share of candidates, which does not depend on delta; its “% below delta” is the "
    "share of candidates within delta, for 26 % of the photos below 0.4 rad would contradict a precision of 1.00."
)
MISSED = (
    "Fully explained by k and L, tuned for 0.4 rad: the tables find a vector at 0.8 rad with chance 0.13, at 1.0 rad "
    "with 0.02. Predicted from the published exhaustive recall: {}."
)


def _row(method: str, delta: float, note: str = "", **figures: float) -> dict:
    names = ("recall", "precision", "accuracy", "candidates", "candidates_within")
    return {"method": method, "delta": delta} | {name: figures.get(name) for name in names} | {"note": note}


TABLE = (
    _row("exhaustive", 0.4, precision=1.00),
    _row("LSH k=20 L=50", 0.4, COSTS, candidates=0.015, candidates_within=0.26),
    _row("exhaustive", 0.6, precision=0.86),
    _row("LSH k=20 L=50", 0.6, SOFT, precision=0.93, candidates=0.015),
    _row("exhaustive", 0.8, recall=0.38),
    _row("LSH k=20 L=50", 0.8, f"{MISSED.format('0.111')} {EMPTY}", recall=0.12, accuracy=0.90, candidates=0.015),
    _row("exhaustive", 1.0, COPIED.format("0.75 to 1.0"), recall=0.91, accuracy=0.92),
    _row("LSH k=20 L=50", 1.0, MISSED.format("0.145"), recall=0.15, candidates=0.015),
    _row("exhaustive", 1.2, COPIED.format("more than 1.08"), recall=0.96, accuracy=0.92),
    _row("LSH k=20 L=50", 1.2, MISSED.format("0.145"), recall=0.15, candidates=0.015),
)
NEAR_DUPLICATES = TABLE[:4]  # the source's rows at 0.6 rad do not say of which experiment they are: both have them
SIMILAR = TABLE[2:]
FAMILY = {"d1": 0.4, "d2": 1.2, "p1": 0.87, "p2": 0.62, "found_at_d1": 0.97, "found_at_d2": 0.003}
TIMES = {"n_vectors": 200_000, "exhaustive_ms": 230.0, "lsh_ms": 19.0, "ratio": 12.1}
