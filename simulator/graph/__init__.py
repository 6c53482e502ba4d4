"""The Cloud API as the product sees it."""
