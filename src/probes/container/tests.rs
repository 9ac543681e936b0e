//! Tests of finding containers, against an engine that answers from a script.
