//! lsdoctor tells whether LocalStack is activated, and if not, why, what proves it, and what to type.
//!
//! ```text
//!  host, network, engines, files                    keys, resize, tick
//!         |  probes        (all I/O, all secrets)           |
//!         v  Update = one observation                       v
//!    observations          plain data, scrubbed, storable
//!         |  diagnosis     pure: diagnose(&Snapshot, &Catalogue, now)
//!         v
//!       case               the only fold; check, waiting, replay and dashboard share it
//!         |                         |
//!    views: text json ...      dashboard: update(&mut Model, Msg), view(&Model, Frame)
//! ```
//!
//! Data flows one way: probes observe, the diagnosis decides, views show. What changes with LocalStack's releases is
//! data under `assets/`, not code. `tests/project/architecture.rs` reads the imports of every file and holds three rules:
//! a folder uses only the folders above it in the table below, no two files use each other, and each outside crate is
//! used in its own place only (`bollard` below `probes/sources/docker`, `ratatui` in `dashboard`, ...).
//!
//! # What is where
//!
//! | folder | lives here | must not |
//! |---|---|---|
//! | `observations` | what was seen, as plain data; `subjects.rs` is the table of everything that is looked at | use another module of ours, do I/O, keep a secret |
//! | `scrub` | hides secrets and control characters; masks addresses; reads the shape of a token | do I/O |
//! | `log` | a log as text: phrases, the scan that finds them, who speaks, the starts a log consists of | do I/O, know what a phrase means |
//! | `probes` | all I/O and all secrets; live probes and files fill the same snapshot | interpret |
//! | `diagnosis` | the catalogue, `facts`, `candidates`, the precedence of verdicts (`verdict`), check rows, wording | I/O, clock, LocalStack's texts |
//! | `case` | the fold of observations over time: debounce, changes, recordings; the events and commands of a live session | I/O, clock |
//! | `session` | one look, waiting, watching | format text, touch the terminal |
//! | `views` | text, JSON, markdown, CI formats, the report | decide |
//! | `dashboard` | model, update, view; `mod.rs` alone owns the terminal | probe or diagnose |
//! | `commands` | one file per command | decide anything about LocalStack |
//! | `assets/causes` | one file per cause: how it is recognised, what it means, how to fix it; its README is the guide for authors | - |
//! | `assets/*.toml` | how a log is laid out, remarks, interceptors, other hosts, keys, themes, the configuration's template | - |
//!
//! Inside `probes`: `host` (this machine), `formats` (pure readers), `guard` (a probe in a bounded task) and `sources`
//! (container engines, behind one enum) are used by `instances`, `logs`, `events`, `credentials`, `license_cache`,
//! `compose`, `endpoint` and `network`; `schedule` is the one file that knows them all. Sources and the secrets of a
//! container are passed as arguments, so that a signature tells what a probe may see.
//!
//! # How a verdict is made
//!
//! 1. A log is cut into starts. For each start, the scan notes which known phrases stand in it and who said them. Only the
//!    latest start that says anything decisive counts, and in it the last decisive line.
//! 2. A clause of a cause names phrases and facts, and all of them must hold. Evidence ranks: the instance's own
//!    `/_localstack/info`, its log, exit code and environment, and last what probes suggest.
//! 3. A cause that refines another replaces it, if it is at least likely. There are no weights.
//! 4. Everything else that holds is shown as a finding: never silent, and never the verdict.
//!
//! # Where to begin
//!
//! - A new message of LocalStack: one entry in `assets/causes` and one case in `tests/corpus`; no Rust.
//! - A new check: one row in `observations/subjects.rs`. The compiler then names every place that must treat it.
//! - A new kind of source beside Docker: one variant of `probes::sources::Source`.
//!
//! # Why each dependency
//!
//! | crates | for | builds | KiB |
//! |---|---|---|---|
//! | `tokio`, `futures-util` | probes that wait at the same time, on one thread | 19 | 369 |
//! | `anyhow` | errors of commands | 1 | 7 |
//! | `aho-corasick`, `memchr`, `regex` | one pass over a log; captures on recognised lines alone | 5 | 511 |
//! | `secrecy` | secrets that show nothing when debugged and are wiped | 4 | 0 |
//! | `md-5` | the checksum of a token | 8 | 2 |
//! | `base64`, `percent-encoding` | user and password in the URL of a proxy, the data of a Secret | 2 | 1 |
//! | `serde`, `serde_json` | what is stored, and what is answered | 6 | 596 |
//! | `toml` | the catalogue, keys, themes, the configuration | 11 | 283 |
//! | `serde-saphyr` | compose files, bounded, with the line and column of every value | 16 | 485 |
//! | `jiff` | time stamps, durations, time zones | 2 | 92 |
//! | `anstream`, `anstyle`, `textwrap`, `unicode-width` | text for people; escape sequences taken out of foreign text | 7 | 7 |
//! | `clap`, `clap_complete`, `clap_mangen` | command line, completions, manual | 13 | 205 |
//! | `ratatui`, `crossterm` | the dashboard | 56 | 69 |
//! | `rustls`, `tokio-rustls`, `rustls-native-certs`, `webpki-roots`, `x509-cert`, `httparse` | the license server's chain, also untrusted, against each set of roots; CONNECT by hand | 25 | 436 |
//! | `bollard`, `hyper`, `hyper-util`, `http-body-util` | the engine's API, over sockets that we dial, bounded | 48 | 358 |
//! | `tar` | one file out of a container's archive | 2 | 5 |
//! | `reqwest` | LocalStack's endpoint, without TLS roots unless it is https | 7 | 66 |
//! | `hickory-resolver` | DNS messages, to ask each resolver by itself | 20 | 76 |
//!
//! What a row costs is what the rows above it have not brought: crates to build, and kibibytes of machine code on Linux.
//! Our own code has 1,500, the standard library as much: `CARGO_PROFILE_BENCH_STRIP=none cargo bench -- cost`.
//! For tests alone there are `insta`, `portable-pty`, `vt100`, `rcgen`, `proptest`, `tempfile`, `libtest-mimic`, `syn` and
//! `proc-macro2`: screens, a terminal, certificates, random secrets, temporary homes, a named test per case, the source.
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

pub mod case;
pub mod cli;
pub mod commands;
pub mod config;
pub mod dashboard;
pub mod diagnosis;
pub mod exit;
pub mod log;
pub mod observations;
pub mod probes;
pub mod scrub;
pub mod session;
pub mod views;
