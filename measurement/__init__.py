"""Drive, capture, observe, judge and report: from a running world to sentences that point at packets."""
