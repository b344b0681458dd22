"""The directory's JSON API: one router a topic, all of them thin; the services know nothing of HTTP."""
