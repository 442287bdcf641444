"""The batch desk: sources into a store, folders and feeds watched, facts out again and corrections back in."""
