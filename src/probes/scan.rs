//! Folds a log, line by line, into a digest: its starts, the phrases found in each, and the last lines. Memory is bounded.
