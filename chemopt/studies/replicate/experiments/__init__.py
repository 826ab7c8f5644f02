"""The experiments RQ1, RQ2 and RQ3 on the configurations of one data set and size."""
