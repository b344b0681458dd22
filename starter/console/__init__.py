"""The web console: pages for everybody who works on cases. A door like the API, without rules of its own."""
