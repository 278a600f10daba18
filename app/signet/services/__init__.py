"""Services conduct: check, do, record. Blocking, thread-safe, no Qt."""
