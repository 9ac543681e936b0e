//! The published JSON Schema of the answer; one file per schema version.

/// The schema of version 1.
pub const VERSION_1: &str = include_str!("../../assets/answer.schema.json");
