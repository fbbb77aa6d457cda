"""Run the command line by `python -m tracker`."""

from tracker.cli import main

main()
