//! The configuration of a run: the file, and how it is merged with flags, environment variables and defaults.

mod file;
mod settings;
mod values;

pub use file::{Config, load, template};
pub use settings::{Settings, settle};
