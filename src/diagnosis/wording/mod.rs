//! Words: turns the catalogue's templates into sentences and commands of this case.

mod placeholders;
mod remedies;
mod values;

pub(crate) use remedies::remedies;
pub(crate) use values::placeholders;
