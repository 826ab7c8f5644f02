"""Many problems, methods and seeds: carried out anywhere, interrupted at any time, one table."""
