//! Formats that are read apart: env files, templates, UTF-16, pages, variables. Pure; what the content means is not known here.

pub mod dotenv;
pub mod html;
pub(crate) mod interpolate;
pub(crate) mod limit;
pub mod secrets;
pub(crate) mod utf16;
pub mod variables;
