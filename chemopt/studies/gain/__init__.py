"""What predicts the gain of an ensemble over its best member."""
