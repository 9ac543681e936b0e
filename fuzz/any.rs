//! The target that is named by the variable `TARGET`, under libFuzzer.
#![no_main]

#[path = "../tests/fuzz/targets.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let named = std::env::var("TARGET").unwrap_or_default();
    let found = targets::TARGETS.into_iter().find(|(name, _)| *name == named);
    found.unwrap_or_else(|| panic!("TARGET is {named:?}, and no target of tests/fuzz/targets.rs")).1
});

fuzz_target!(|data: &[u8]| TARGET(data));
