"""Histories of other tools: files whose format is recognised by what they hold."""

from tracker.importing.point import Imported, ImportedPoint, UnreadableError
from tracker.importing.recognition import FORMATS, read_history

__all__ = ["FORMATS", "Imported", "ImportedPoint", "UnreadableError", "read_history"]
