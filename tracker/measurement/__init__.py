"""Trials executed and measured."""
