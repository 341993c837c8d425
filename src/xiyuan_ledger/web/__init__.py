"""The evaluators' pages: read-only, by anyone with a browser, at any pin. The only place that knows Starlette."""
