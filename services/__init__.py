"""What runs inside hosts: one file a service, its templates beside it."""
