"""The tools a measurement needs, and how to get them."""
