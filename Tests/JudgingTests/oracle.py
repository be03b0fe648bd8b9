"""Prints the numbers of JudgingTests: python3 -m pip install scipy==1.17.1 && python3 oracle.py"""

import numpy as np
from scipy import stats

baselines = [3.2781, 3.2794, 3.2776, 3.2788, 3.2783]
candidate = [3.2771, 3.2779, 3.2768]

t = stats.ttest_ind(baselines, candidate, alternative="greater")
print("p of an improvement", repr(t.pvalue))
shifted = stats.ttest_ind(np.array(baselines) - 0.002, candidate, alternative="less")
print("p of less than 0.002", repr(shifted.pvalue))
s = np.std(baselines, ddof=1)
print("deviation", repr(s))
f = len(baselines) - 1
print("interval", s * np.sqrt(f / stats.chi2.ppf([0.975, 0.025], f)))
for n in (1, 4):
    df = len(baselines) + n - 2
    critical = stats.t.ppf(0.95, df)
    low, high = 0.0, 30.0
    for _ in range(200):
        middle = (low + high) / 2
        if 1 - stats.nct.cdf(critical, df, middle) < 0.8:
            low = middle
        else:
            high = middle
    print("detectable", n, repr(low * s * np.sqrt(1 / len(baselines) + 1 / n)))
