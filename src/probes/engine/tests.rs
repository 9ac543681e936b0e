//! Tests of finding an engine, against fakes that are real sockets.
