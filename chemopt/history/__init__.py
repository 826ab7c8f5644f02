"""Performance histories: what models answered, and how well."""
