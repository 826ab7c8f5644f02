"""What is said of an answer by held-out items: intervals, and the verdict."""
