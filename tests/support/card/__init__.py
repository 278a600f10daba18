"""An emulated PIV card behind a real reader driver and a real pcscd, for tests against modules that others wrote."""
