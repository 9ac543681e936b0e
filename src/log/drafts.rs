//! The starts of a log while it is read: the hits of each, by source, and the corrections that later lines make to them.

use std::collections::VecDeque;

use crate::observations::{Hit, PRELUDE, Run, Speaker, Stream};

/// The last starts that are kept; a restart loop has thousands.
const RUNS: usize = 8;
/// Hits kept of one start.
const HITS: usize = 400;

/// The source, by its index, and the stream that a line belongs to.
pub(super) type ThreadKey = (Option<usize>, Option<Stream>);

/// Whose words the hits of a source are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// LocalStack's: the source is called so.
    LocalStack,
    /// Another program's, in a log in which LocalStack has a source of its own: they are left out.
    Other,
    /// As each line told.
    AsSaid,
}

/// The last starts, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Drafts {
    runs: VecDeque<Draft>,
}

#[derive(Debug, Clone, Default)]
struct Draft {
    run: Run,
    /// A banner of a LocalStack that quits stands in it.
    quits: bool,
    hits: Vec<(Option<usize>, Hit)>,
}

impl Drafts {
    /// Whether a version banner was seen.
    pub(super) fn has_started(&self) -> bool {
        self.runs.back().is_some_and(|draft| draft.run.version.is_some())
    }

    /// Begins a start, with what was said of it before its banner.
    pub(super) fn begin(
        &mut self,
        version: Option<String>,
        number: u64,
        source: Option<usize>,
        is_prelude: impl Fn(&str) -> bool,
    ) {
        let hits = self.prelude(number, source, is_prelude);
        self.runs.push_back(Draft { run: Run { version, first_line: number, ..Run::default() }, hits, quits: false });
        if self.runs.len() > RUNS {
            self.runs.pop_front();
        }
    }

    /// The latest start quits.
    pub(super) fn quit(&mut self, number: u64) {
        self.draft(number).into_iter().for_each(|draft| draft.quits = true);
    }

    /// The latest start. Where there is none, lines without a version banner begin one.
    pub(super) fn current(&mut self, number: u64) -> Option<&mut Run> {
        self.draft(number).map(|draft| &mut draft.run)
    }

    /// The starts, with the hits that count, in the order of their lines.
    pub(super) fn finished(&self, last_line: u64, whose: impl Fn(Option<usize>) -> Whose) -> Vec<Run> {
        let begins = self.runs.iter().skip(1).map(|draft| draft.run.first_line.saturating_sub(1));
        let speaker = |source: Option<usize>, hit: &Hit| match whose(source) {
            Whose::LocalStack => Some(Speaker::LocalStack),
            Whose::Other => None,
            Whose::AsSaid => Some(hit.speaker),
        };
        let runs =
            self.runs
                .iter()
                .zip(begins.chain([last_line]))
                .map(|(draft, last_line)| {
                    let counted = draft.hits.iter().filter_map(|(source, hit)| {
                        speaker(*source, hit).map(|speaker| Hit { speaker, ..hit.clone() })
                    });
                    let mut hits: Vec<Hit> = counted.collect();
                    hits.sort_by_key(|h| h.at.number);
                    Run { hits, last_line, ..draft.run.clone() }
                })
                .collect();
        self.joined(runs)
    }

    /// The version banner and the failure banner of one start can come in the wrong order, because they come by two streams:
    /// what stands just before the first version banner belongs to its start, if one of both quits and the start never served.
    fn joined(&self, mut runs: Vec<Run>) -> Vec<Run> {
        let quits = self.runs.iter().take(2).any(|draft| draft.quits);
        let [before, first, ..] = runs.as_mut_slice() else { return runs };
        let near = before.hits.iter().any(|hit| hit.at.number + PRELUDE >= first.first_line);
        let silent =
            first.opened.is_none() && first.served.is_none() && before.opened.is_none() && before.served.is_none();
        if before.version.is_some() || !quits || !near || !silent {
            return runs;
        }
        let (own, others) = std::mem::take(&mut before.hits).into_iter().partition(|hit| hit.speaker.is_localstack());
        let mut hits: Vec<Hit> = own;
        hits.append(&mut first.hits);
        first.hits = hits;
        before.hits = others;
        if before.hits.is_empty() && before.last_error.is_none() {
            runs.remove(0);
        }
        runs
    }

    /// What somebody unknown said in this thread, from this line on, was said by LocalStack.
    pub(super) fn claim(&mut self, key: ThreadKey, from: u64) {
        let hits = self.runs.iter_mut().flat_map(|draft| &mut draft.hits);
        for (_, hit) in hits.filter(|(s, hit)| *s == key.0 && hit.at.stream == key.1 && hit.at.number >= from) {
            if hit.speaker == Speaker::Unknown {
                hit.speaker = Speaker::LocalStack;
            }
        }
    }

    /// What was said in this thread, from this line on, was an example.
    pub(super) fn retract(&mut self, key: ThreadKey, from: u64) {
        for draft in &mut self.runs {
            draft.hits.retain(|(s, hit)| *s != key.0 || hit.at.stream != key.1 || hit.at.number < from);
        }
    }

    /// Keeps the first and the last hit of each phrase; what lies between adds nothing.
    pub(super) fn take(&mut self, source: Option<usize>, hit: Hit) {
        let Some(draft) = self.draft(hit.at.number) else { return };
        let same: Vec<usize> = draft
            .hits
            .iter()
            .enumerate()
            .filter(|(_, (s, h))| *s == source && h.phrase == hit.phrase && h.speaker == hit.speaker)
            .map(|(i, _)| i)
            .collect();
        match same.as_slice() {
            [_, .., last] => {
                if let Some(slot) = draft.hits.get_mut(*last) {
                    slot.1 = hit;
                }
            }
            _ if draft.hits.len() < HITS => draft.hits.push((source, hit)),
            _ => {}
        }
    }

    /// What the start that begins here has said before its banner: taken from the start before, after its last own word.
    fn prelude(
        &mut self,
        number: u64,
        source: Option<usize>,
        is_prelude: impl Fn(&str) -> bool,
    ) -> Vec<(Option<usize>, Hit)> {
        let Some(before) = self.runs.back_mut() else { return Vec::new() };
        let fits = |hit: &Hit| hit.at.number + PRELUDE >= number && is_prelude(&hit.phrase);
        let others = before.hits.iter().filter(|(from, hit)| *from == source && !fits(hit));
        let last = others.map(|(_, hit)| hit.at.number).max().unwrap_or(0);
        let (hits, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut before.hits)
            .into_iter()
            .partition(|(from, hit)| *from == source && fits(hit) && hit.at.number > last);
        before.hits = rest;
        // A line that is recognised is no failure that nobody has a phrase for.
        before.run.last_error.take_if(|error| hits.iter().any(|(_, hit)| hit.at.number == error.number));
        // Where nothing else came before the first banner, no start did.
        let run = &before.run;
        if run.version.is_none() && before.hits.is_empty() && run.served.is_none() && run.last_error.is_none() {
            self.runs.pop_back();
        }
        hits
    }

    fn draft(&mut self, number: u64) -> Option<&mut Draft> {
        if self.runs.is_empty() {
            self.runs.push_back(Draft { run: Run { first_line: number, ..Run::default() }, ..Draft::default() });
        }
        self.runs.back_mut()
    }
}
