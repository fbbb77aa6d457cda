"""Seeded series of known kinds, for error rates."""

import numpy as np


def autoregression(rng, n, coefficient):
    shocks = rng.normal(size=n + 50)
    values = np.zeros(n + 50)
    for at in range(1, n + 50):
        values[at] = coefficient * values[at - 1] + shocks[at]
    return values[50:]


NOISES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy-tailed": lambda rng, n: rng.standard_t(3, n),
    "outliers": lambda rng, n: rng.normal(size=n) + np.where(rng.random(n) < 0.05, 15.0, 0.0),
    "two modes": lambda rng, n: np.where(rng.random(n) < 0.3, 4.0, 0.0) + 0.5 * rng.normal(size=n),
    "ties": lambda rng, n: np.round(rng.normal(size=n)),
}

COURSES = {
    "autoregression": lambda rng, n: autoregression(rng, n, 0.5),
    "random walk": lambda rng, n: np.cumsum(rng.normal(size=n)),
    "drift": lambda rng, n: rng.normal(size=n) + np.linspace(0.0, 8.0, n),
    "season": lambda rng, n: (
        0.5 * rng.normal(size=n) + 2.0 * np.sin(2.0 * np.pi * np.arange(n) / 12.0)
    ),
    "acceleration": lambda rng, n: 0.05 * rng.normal(size=n) + 5.0 * np.linspace(0.0, 1.0, n) ** 2,
}


def milliseconds(standardised, *, noise=0.02):
    """Return positive durations whose logarithm has the given shape."""
    return np.exp(noise * np.asarray(standardised))
