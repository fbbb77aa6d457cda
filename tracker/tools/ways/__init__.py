"""The ways of getting jj, each in a module of its own."""
