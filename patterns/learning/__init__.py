"""Reward, trends, forecasts and recommendations from the history."""
