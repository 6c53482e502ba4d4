"""What ./dev runs on: embedded Postgres and Valkey, and the process tree. Production uses roles.py alone."""
