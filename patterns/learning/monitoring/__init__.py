"""Evidence that may be looked at after every new point, and still holds its error rate."""
