//! lsdoctor tells whether LocalStack is activated, and if not, why, what proves it, and what to type.
//!
//! ```text
//!  host, network, engine, files                     keys, resize, tick
//!         |  probes        (all I/O, all secrets)           |
//!         v  Update = one observation                       v
//!    observations          plain data, scrubbed, storable
//!         |  diagnosis     pure: diagnose(&Snapshot, &Catalogue, now)
//!         v
//!       Case               the only fold; check, waiting, replay and dashboard share it
//!         |                         |
//!    views: text json ...      dashboard: update(&mut Model, Msg), view(&Model, Frame)
//! ```
//!
//! Data flows one way: probes observe, the diagnosis decides, views show. What changes with LocalStack's releases is
//! data under `assets/`, not code. `tests/architecture.rs` holds the layers to it.
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

pub mod cli;
pub mod commands;
pub mod config;
pub mod dashboard;
pub mod diagnosis;
pub mod observations;
pub mod probes;
pub mod session;
pub mod views;
