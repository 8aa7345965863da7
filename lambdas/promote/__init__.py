"""Promote: take the live endpoint to the config that was judged, and see it arrive."""
