"""The page behind a notice's stop link: pages for people, nothing that a program would call."""
