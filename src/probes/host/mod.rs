//! This machine: its variables, directories, files, programs and CI service. What is found there is read elsewhere.

pub(crate) mod certificates;
mod ci;
pub(crate) mod dirs;
mod environment;
pub(crate) mod file;
mod machine;
pub(crate) mod process;

pub use environment::Environment;
pub use file::read_bounded;
pub use machine::Host;
