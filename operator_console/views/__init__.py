"""Views of the console: each has ``show(...)`` for what to show, and signals for what the person does."""
