"""The store, on Redis 7 or Valkey 7.2 and newer."""
