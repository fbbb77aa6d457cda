"""A session's report in HTML, Markdown, JSON and CSV."""
