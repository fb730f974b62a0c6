"""Does the emulator do what it was told? Delays, jitter, loss and rates, measured packet by packet."""
