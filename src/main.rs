//! The program: captures the process's surroundings, calls the library, and turns its outcome into an exit code.

fn main() {}
