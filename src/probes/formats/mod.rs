//! Readers of the formats in which evidence comes: env files, saved environments, JSON and YAML, tables of containers, saved
//! HTTP answers, compose templates, UTF-16, HTML pages. Pure: text comes in, and no file, clock or network is touched.

pub(crate) mod describe;
pub mod dotenv;
pub(crate) mod environment;
pub mod html;
pub(crate) mod interpolate;
pub(crate) mod limit;
pub(crate) mod listing;
pub(crate) mod pod;
pub(crate) mod saved_answer;
pub mod secrets;
pub(crate) mod tree;
pub(crate) mod utf16;
pub mod variables;
