"""Training: many models at once, epoch by epoch."""
