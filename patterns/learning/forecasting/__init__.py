"""Forecasts of the next value, with intervals that keep what they promise."""

from patterns.learning.forecasting.rolling import Forecast, History, Interval, forecast

__all__ = ["Forecast", "History", "Interval", "forecast"]
