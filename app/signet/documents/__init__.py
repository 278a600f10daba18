"""Documents attest: signatures over files, made and verified."""
