"""Trials measured in hardened containers of a Docker engine, near or far."""
