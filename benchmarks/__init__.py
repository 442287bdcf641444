"""Speed against spaCy and the peers, side by side in one run."""
