"""The embedded default for ./dev: Postgres, Valkey and the process tree. Production never imports it."""
