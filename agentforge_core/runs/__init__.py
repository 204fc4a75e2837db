"""The run engine: drives lowered units, performs effects, runs teams whose agents sit on several adapters."""
