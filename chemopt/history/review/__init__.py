"""Quality from peer review: scores of reviewers become a history."""
