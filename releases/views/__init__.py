"""Pages: load, call one operation or selector, render."""
