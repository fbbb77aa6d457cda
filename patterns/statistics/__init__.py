"""Pure estimators, used by the tracker's analysis and by learning."""
