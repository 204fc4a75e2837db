"""Questions about time: version ranges, document upgrades, deprecation. Knows no adapter."""
