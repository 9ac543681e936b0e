//! Takes the first items of a list that can be of any length, and notes how many were left out, so that a report can say so.

/// The first so many, and a note when there were more.
pub(crate) fn first<T>(mut all: impl Iterator<Item = T>, most: usize, what: &str, notes: &mut Vec<String>) -> Vec<T> {
    let taken: Vec<T> = all.by_ref().take(most).collect();
    let left_out = all.count();
    note(left_out, taken.len() + left_out, what, notes);
    taken
}

/// Notes what was left out, if anything was.
pub(crate) fn note(left_out: usize, all: usize, what: &str, notes: &mut Vec<String>) {
    if left_out > 0 {
        notes.push(format!("{left_out} of {all} {what} were left out"));
    }
}
