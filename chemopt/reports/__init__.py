"""A report to hand on: everything chemopt finds for some data, as one page for the browser.

`report` is the entry point. `sections` computes, a module for each section; what they return is
plain data (`parts`). `page` shows it as HTML and knows nothing of how it was computed.
"""
