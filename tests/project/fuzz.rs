//! Every seed of the corpus and a bounded number of changed ones, the same in each run, through every target of the fuzzer.
//! The long runs are those of libFuzzer over the same targets: `.ci/fuzz`. What they find becomes a seed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs, unreachable_pub)]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fmt;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{FileFailurePersistence, RngAlgorithm, TestRng, TestRunner};
use targets::TARGETS;

/// Changed seeds for each target: all targets together take seconds.
const CHANGED: u32 = 400;
/// An input does not grow beyond this, longer than the longest line of a log that is kept.
const LARGEST: usize = 96 << 10;
/// Pieces that have a meaning to some reader or to a terminal.
const PIECES: [&[u8]; 36] = [
    b"~",
    b"\n",
    b"\r\n",
    b"\0",
    b"\"",
    b"'",
    b"\\",
    b"${",
    b"}",
    b"[",
    b"]",
    b"{",
    b":",
    b"=",
    b",",
    b"#",
    b"&a ",
    b"*a",
    b"<<: *a\n",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"\xc2\x9b31m",
    b"\x1b[31m",
    b"\x1b]52;c;aGk=\x07",
    b"\\u0000",
    b"\\ud800",
    b"\\u001b[2J",
    b"-1",
    b"18446744073709551616",
    b"1e308",
    b"9999-12-31T23:59:59Z",
    b"-009999-01-02T01:59:59Z",
    b"LocalStack version: 4.14.0\n",
    b"LOCALSTACK_AUTH_TOKEN=~\n",
    b"\n%%%\n",
];

/// One change to an input.
#[derive(Debug, Clone)]
enum Edit {
    /// Another byte in place of one.
    Put(Index, u8),
    /// A meaningful piece, so many times.
    Insert(Index, usize, usize),
    /// Nothing between the two.
    Remove(Index, Index),
    /// What lies between the two, so many times more.
    Repeat(Index, Index, usize),
    /// The end cut off.
    Cut(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let times = prop_oneof![24 => 1..4_usize, 1 => 1_000..40_000_usize];
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        6 => (at(), 0..PIECES.len(), times.clone()).prop_map(|(at, piece, times)| Edit::Insert(at, piece, times)),
        1 => (at(), at()).prop_map(|(a, b)| Edit::Remove(a, b)),
        2 => (at(), at(), times).prop_map(|(a, b, times)| Edit::Repeat(a, b, times)),
        1 => at().prop_map(Edit::Cut),
    ]
}

impl Edit {
    fn apply(&self, data: &mut Vec<u8>) {
        let place = |at: &Index, data: &[u8]| at.index(data.len() + 1);
        let range = |a: &Index, b: &Index, data: &[u8]| {
            let (a, b) = (place(a, data), place(b, data));
            a.min(b)..a.max(b)
        };
        match self {
            Self::Put(at, byte) => {
                let at = place(at, data);
                if let Some(slot) = data.get_mut(at) {
                    *slot = *byte;
                }
            }
            Self::Insert(at, piece, times) => {
                let at = place(at, data);
                data.splice(at..at, PIECES[*piece].repeat(*times));
            }
            Self::Remove(a, b) => drop(data.drain(range(a, b, data))),
            Self::Repeat(a, b, times) => {
                let range = range(a, b, data);
                let times = (*times).min(LARGEST / range.len().max(1));
                data.splice(range.end..range.end, data[range].repeat(times));
            }
            Self::Cut(at) => data.truncate(place(at, data)),
        }
        data.truncate(LARGEST);
    }
}

/// An input, shown as it can be made a seed of.
#[derive(Clone)]
struct Input(Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(4 << 10)];
        write!(f, "{} bytes: b\"{}\"", self.0.len(), shown.escape_ascii())
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn run(target: &str) {
    let (_, check) = TARGETS.into_iter().find(|(name, _)| *name == target).unwrap();
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| check(seed));
    let config = ProptestConfig {
        cases: CHANGED,
        max_shrink_iters: 2_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    };
    let changed = (any::<Index>(), prop::collection::vec(edit(), 1..6)).prop_map(move |(seed, edits)| {
        let mut data = seed.get(&seeds).clone();
        edits.iter().for_each(|edit| edit.apply(&mut data));
        Input(data)
    });
    // The same changes in every run.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&changed, |input| {
        check(&input.0);
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{target}: {found}");
    }
}

/// A test for each target, so that each is told and they share the processors.
macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        #[test]
        fn every_target_is_run() {
            assert_eq!(TARGETS.map(|(name, _)| name), [$(stringify!($name)),*]);
        }
    };
}

tests! { log info page inspect compose env license config replay certificate dns }
