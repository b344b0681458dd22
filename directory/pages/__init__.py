"""The directory's own plain pages: rendered on the server, usable without JavaScript except for passkeys."""
