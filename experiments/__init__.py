"""One script for each way of connecting; each reads as the article's numbered steps."""
