"""The whole program, stage after stage; the only place that knows all of them."""
