"""The set-up assistant: a new vault with two ways in, its first key and a backup elsewhere."""
