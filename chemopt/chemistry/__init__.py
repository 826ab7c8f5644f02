"""Chemistry: how much one model's contribution changes because another is there."""
