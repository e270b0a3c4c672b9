"""The engine: samples become measurements; models are kept fed, and nothing is asked twice."""
