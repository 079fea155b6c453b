"""Charts as SVG and PNG: the canvas that all share, and one module per family of charts."""
