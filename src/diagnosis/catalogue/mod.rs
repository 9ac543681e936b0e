//! The causes as data of `assets/`: how they are read, checked and named.

mod cause;
mod check;
mod clause;
mod load;

pub use cause::{Cause, Class, Remark, RemedyTemplate};
pub use clause::Clause;
pub(super) use clause::Voice;
pub use load::Catalogue;
