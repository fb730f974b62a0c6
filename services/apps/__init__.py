"""What answers behind the front ends: one file a server, each an ASGI app made from a file of settings."""
