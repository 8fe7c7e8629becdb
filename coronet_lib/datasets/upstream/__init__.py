"""Real X-rays: fetched from where they are published, judged, and prepared as the paper's data sets."""
