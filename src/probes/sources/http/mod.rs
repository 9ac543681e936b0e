//! HTTP by GET alone, over connections that are dialled here, within a budget of bytes and time.

pub mod budget;
pub mod dial;
