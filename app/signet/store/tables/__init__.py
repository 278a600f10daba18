"""One module a table: what is read and written, each row checked against its MAC where it decides."""
