//! lsdoctor tells whether LocalStack is activated, and if not, why, what proves it, and what to type.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

pub mod dashboard;
pub mod diagnosis;
pub mod observations;
pub mod probes;
