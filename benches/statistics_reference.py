#!/usr/bin/env python3
"""What scipy, statsmodels and numpy say on small cases; src/evidence is held against it to 1e-8.

    pip install numpy scipy statsmodels
    python benches/statistics_reference.py          writes src/evidence/reference.json

A value that scipy calls nan is null; an infinite one is left out.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired

warnings.filterwarnings("ignore")
TARGET = pathlib.Path(__file__).parent.parent / "src/evidence/reference.json"
SIDES = ["two-sided", "greater", "less"]

# Differences of paired values with the margin they are tested against.
PAIRED = {
    "five seeds": ([0.2, -0.1, 0.4, 0.3, 0.05], 0.25),
    "two seeds": ([0.5, -0.125], 0.5),
    "two equal seeds": ([0.25, 0.25], 0.5),
    "two opposite seeds": ([0.25, -0.25], 0.125),
    "ties": ([0.5, -0.5, 0.25, 0.25, -0.125, 0.75, 0.5], 0.375),
    "zeros": ([0.0, 0.5, -0.25, 0.0, 0.75, 0.125], 0.25),
    "ties and zeros": ([0.0, 0.5, -0.5, 0.0, 0.5, 0.25, -0.25, 1.0], 0.25),
    "thirteen with ties": ([0.5, -0.5, 1, 2, -1, 3, 4, 4, -2, 5, 6, 7, -0.5], 1.0),
    "fourteen with ties": ([0.5, -0.5, 1, 2, -1, 3, 4, 4, -2, 5, 6, 7, -0.5, 1.5], 1.0),
    "fourteen with a zero": ([0.0, -0.5, 1, 2, -1.25, 3, 4, 4.5, -2.5, 5, 6, 7, -0.75, 1.5], 1.0),
    "all zero": ([0.0] * 5, 0.25),
    "all zero, many": ([0.0] * 15, 0.25),
    "all equal": ([-0.125] * 5, 0.25),
    "at the margin": ([-0.25] * 5, 0.25),
    "past the margin": ([-0.5] * 6, 0.25),
    "accuracies": ([0.0021, -0.0013, 0.004, 0.0032, 0.0007, -0.0102, 0.0055, 0.0018, -0.0004, 0.0023], 0.01),
    "thirty": ([round(math.sin(3.0 * i) + 0.2, 6) for i in range(30)], 0.5),
    "fifty": ([round(math.sin(2.3 * i) + 0.1, 6) for i in range(50)], 0.1),
    "fifty-one": ([round(math.sin(2.3 * i) + 0.1, 6) for i in range(51)], 0.1),
    "two hundred with ties": ([round(math.sin(1.7 * i) + 0.1, 1) for i in range(200)], 0.1),
}

# Rows are datasets, columns are methods.
TABLES = {
    # Demšar 2006, table 6: AUC of C4.5, +m, +cf, +m+cf on 14 datasets.
    "Demsar": [
        [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975], [0.957, 0.978, 0.946, 0.970],
    ],
    "five by three": [[0.9, 0.91, 0.89], [0.7, 0.7, 0.65], [0.5, 0.55, 0.45], [0.99, 0.98, 0.97], [0.8, 0.85, 0.7]],
    "two by three": [[1, 2, 3], [3, 2, 1]],
    "all tied": [[1, 1, 1], [2, 2, 2]],
    "the same order": [[1, 2, 3, 4], [2, 3, 4, 5], [0, 1, 2, 3]],
}


def plain(value):
    """A value as JSON takes it."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (bool, str, int)) or value is None:
        return value
    value = float(value)
    return value if math.isfinite(value) else None


def paired(name, differences, margin):
    d = np.asarray(differences, dtype=float)
    zero = np.zeros_like(d)
    t = {side: stats.ttest_1samp(d, 0.0, alternative=side).pvalue for side in SIDES}
    signed = {side: stats.wilcoxon(d, alternative=side) for side in SIDES}
    above, kept = int((d > 0).sum()), int((d != 0).sum())
    interval = stats.ttest_1samp(d, 0.0).confidence_interval(0.95)
    return {
        "name": name,
        "differences": differences,
        "margin": margin,
        "t": t,
        "interval": [interval.low, interval.high],
        "non_inferiority": stats.ttest_1samp(d, -margin, alternative="greater").pvalue,
        "equivalence": ttost_paired(d, zero, -margin, margin)[0],
        "wilcoxon": {side: signed[side].pvalue for side in SIDES},
        "wilcoxon_statistic": signed["greater"].statistic,
        "sign": {side: stats.binomtest(above, kept, 0.5, alternative=side).pvalue if kept else 1.0 for side in SIDES},
    }


def bca(name, values, statistic, resamples=499):
    values = np.asarray(values, dtype=float)
    found = stats.bootstrap((values,), statistic, n_resamples=resamples, method="BCa", rng=np.random.default_rng(7))
    ends = found.confidence_interval
    return {
        "name": name,
        "values": values,
        "replicates": found.bootstrap_distribution,
        "jackknife": [statistic(np.delete(values, i)) for i in range(len(values))],
        "observed": statistic(values),
        "interval": [ends.low, ends.high],
    }


def friedman(name, table):
    table = np.asarray(table, dtype=float)
    n, k = table.shape
    ranks = np.mean([stats.rankdata(-row) for row in table], axis=0)
    chi, p = stats.friedmanchisquare(*table.T)
    f = (n - 1) * chi / (n * (k - 1) - chi)
    spread = math.sqrt(k * (k + 1) / (6 * n))
    gap = np.abs(ranks[:, None] - ranks[None, :]) / spread * math.sqrt(2)
    return {
        "name": name,
        "table": table,
        "ranks": ranks,
        "statistic": chi,
        "p": p,
        "f_p": stats.f.sf(f, k - 1, (k - 1) * (n - 1)),
        "nemenyi": stats.studentized_range.sf(gap, k, np.inf),
        "critical_difference": stats.studentized_range.ppf(0.95, k, np.inf) / math.sqrt(2) * spread,
    }


def welch(name, first, second):
    found = stats.ttest_ind(first, second, equal_var=False)
    ends = found.confidence_interval(0.95)
    return {"name": name, "first": first, "second": second, "p": found.pvalue, "interval": [ends.low, ends.high]}


def unbiased_hsic(k, l):
    """Song et al. 2012, equation 5, as it stands there."""
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    one = np.ones(n)
    return (
        np.trace(k @ l) + one @ k @ one * (one @ l @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ l @ one)
    ) / (n * (n - 3))


def cka(name, batches):
    """Minibatch CKA, Nguyen et al. 2021, equation 3: HSIC is averaged over batches before it is divided."""
    means = np.zeros(3)
    for x, y in batches:
        k, l = x @ x.T, y @ y.T
        means += [unbiased_hsic(k, l), unbiased_hsic(k, k), unbiased_hsic(l, l)]
    return {"name": name, "batches": [[x, y] for x, y in batches], "cka": means[0] / math.sqrt(means[1] * means[2])}


def cka_cases():
    rng = np.random.default_rng(11)
    draw = lambda n, d: rng.standard_normal((n, d)).round(3)
    x = draw(8, 5)
    return [
        cka("itself", [(x, x)]),
        cka("scaled and rotated", [(x, 3.0 * x[:, ::-1])]),
        cka("with noise", [(x, x + 0.5 * draw(8, 5))]),
        cka("independent", [(x, draw(8, 7))]),
        cka("three batches", [(a, np.maximum(a, 0) + 0.1 * draw(n, 4)) for n, a in [(8, draw(8, 4)), (8, draw(8, 4)), (5, draw(5, 4))]]),
    ]


def power(effect, n, alpha):
    return {"effect": effect, "n": n, "alpha": alpha, "power": TTestPower().power(effect, n, alpha, alternative="larger")}


def sample_size(sd, margin, difference):
    """The smallest n, one by one."""
    n = 2
    while TTestPower().power((difference + margin) / sd, n, 0.025, alternative="larger") < 0.8:
        n += 1
    return {"sd": sd, "margin": margin, "difference": difference, "n": n}


def margin_shown(sd, n, difference):
    """The margin that n seeds show with a power of 0.8."""
    critical = stats.t.ppf(0.975, n - 1)
    power = lambda effect: stats.nct.sf(critical, n - 1, effect * math.sqrt(n))
    # TTestPower().solve_power stops at a relative error of 1e-6.
    effect = optimize.brentq(lambda effect: power(effect) - 0.8, 0.01, 64, xtol=1e-14)
    return {"sd": sd, "n": n, "difference": difference, "margin": effect * sd - difference}


def below(fractions, bounds):
    """The probability that a Brownian motion crosses none of the bounds at these fractions."""
    if len(bounds) == 1:
        return stats.norm.cdf(bounds[0])
    at = np.asarray(fractions[: len(bounds)])
    correlation = np.sqrt(np.minimum.outer(at, at) / np.maximum.outer(at, at))
    return stats.multivariate_normal.cdf(bounds, cov=correlation, maxpts=3_000_000, abseps=1e-8, releps=1e-8)


def looks(fractions, alpha=0.025):
    """One-sided bounds: Lan and DeMets's spending in the manner of O'Brien and Fleming, and the classical ones."""
    spent = [2 * stats.norm.sf(stats.norm.isf(alpha / 2) / math.sqrt(at)) for at in fractions]
    spending = [stats.norm.isf(spent[0])]
    for total in spent[1:]:
        crossed = lambda bound: 1 - below(fractions, spending + [bound]) - total
        spending.append(optimize.brentq(crossed, 0.5, 8, xtol=1e-7))
    classical = lambda last: [last / math.sqrt(at) for at in fractions]
    last = optimize.brentq(lambda last: 1 - below(fractions, classical(last)) - alpha, 1, 4, xtol=1e-7)
    return {"fractions": fractions, "lan_demets": spending, "obrien_fleming": classical(last)}


def main():
    lumpy = [0.0, 0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]
    skewed = [0.1, 0.3, 0.35, 0.8, 1.9, 4.2, 0.2, 0.6]
    reference = {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
        "paired": [paired(name, *case) for name, case in PAIRED.items()],
        "bca": [
            bca("mean of skewed values", skewed, np.mean),
            bca("median of skewed values", skewed, np.median),
            bca("mean of zeros and ones", lumpy, np.mean),
            bca("mean of two", [0.25, 0.75], np.mean),
            bca("mean of equal values", [0.5] * 6, np.mean),
        ],
        "holm": [
            {"p": p, "adjusted": multipletests(p, method="holm")[1]}
            for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.9, 0.8, 0.7], [0.02, 0.02, 0.02], [0.0, 1.0, 0.001, 0.2, 0.049])
        ],
        "friedman": [friedman(name, table) for name, table in TABLES.items()],
        "mcnemar": [
            {
                "only_baseline": b,
                "only_capped": c,
                "p": mcnemar([[10, b], [c, 10]], exact=True).pvalue if b + c else 1.0,
            }
            for b, c in [(0, 0), (1, 0), (5, 5), (3, 12), (40, 25), (220, 300), (0, 17)]
        ],
        "binomial": [
            {"hits": hits, "trials": trials, "share": share, "p": stats.binomtest(hits, trials, share, alternative="greater").pvalue}
            for hits, trials, share in [
                (0, 20, 0.5), (20, 20, 0.5), (14, 20, 0.5), (15, 20, 0.5), (61, 500, 0.1), (62, 500, 0.1), (77, 500, 0.122),
                (3, 5, 0.6), (5, 5, 0.6), (1000, 10000, 0.1), (1051, 10000, 0.1135), (1190, 10000, 0.1135), (4, 4, 1.0),
            ]
        ],
        "welch": [
            welch("unequal sizes", [0.1, 0.4, 0.35, 0.8], [0.9, 1.1, 1.9, 0.7, 1.2, 1.0]),
            welch("two and two", [0.5, 0.75], [1.0, 1.5]),
            welch("one side without spread", [0.5, 0.5, 0.5], [0.25, 0.5, 1.0]),
        ],
        "power": [
            power(effect, n, alpha)
            for effect, n, alpha in [
                (1.0, 2, 0.025), (0.5, 5, 0.025), (2.0, 5, 0.025), (1.2, 10, 0.05), (0.1, 500, 0.025),
                (0.0, 8, 0.025), (-0.5, 6, 0.025), (4.0, 3, 0.025), (0.3, 100, 0.05),
            ]
        ],
        "sample_size": [
            sample_size(sd, margin, difference)
            for sd, margin, difference in [
                (0.01, 0.01, 0.0), (0.005, 0.01, 0.0), (0.03, 0.01, 0.0), (0.001, 0.01, 0.0), (0.01, 0.01, -0.004),
            ]
        ],
        "margin_shown": [
            margin_shown(sd, n, difference)
            for sd, n, difference in [(0.006, 15, 0.0), (0.006, 5, 0.0), (0.0047, 23, -0.001), (0.02, 2, 0.0), (0.01, 100, 0.0)]
        ],
        "looks": [
            looks(fractions)
            for fractions in [[at / count for at in range(1, count + 1)] for count in (2, 3, 4, 5)]
            + [[5 / 20, 8 / 20, 1.0], [5 / 12, 7 / 12, 9 / 12, 1.0]]
        ],
        "cka": cka_cases(),
    }
    TARGET.write_text(json.dumps(plain(reference), indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
