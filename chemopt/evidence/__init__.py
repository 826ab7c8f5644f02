"""What is said of an answer by held-out items: splits, intervals, and the verdict."""
