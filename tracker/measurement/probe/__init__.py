"""The probe: the small program that runs what is measured, and the client that talks to it.

Nothing is imported here, because the fallback probe lives in this package and
must stay small.
"""
