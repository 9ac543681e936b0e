//! Finds the places in raw bytes where one of many texts may stand, faster than looking for the texts themselves.
//!
//! From each text a piece of [`PIECE`] bytes is chosen, and texts share pieces where they can: `cens` stands in every text
//! about a license. All pieces are searched at once by vector instructions. Around a piece that is found, the line is
//! compared with the text, so that `cens` in `censored` is no hit.
//!
//! ```text
//! texts    "The license has expired", "No license was found", "unlicensed"
//! pieces   "cens"
//! block    "... AWS s3.ListBuckets => 200\nReason: The license has\nexpired."     a hit at "cens"
//! block    "... the censored text"                                                no hit
//! ```
//!
//! A text may be wrapped anywhere: white space does not count in the comparison, which ends where the line ends. A text is
//! missed only where its piece itself is cut by a line break. Pieces that stand in the stop words, which are what LocalStack
//! says all day long, are not chosen: a scan that stops at every request would be no faster than reading everything.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Bytes of a piece. Longer pieces are found less often by chance, but related words share fewer of them, and the search
/// takes longer the more pieces there are.
const PIECE: usize = 4;

/// Searches for places where a text may stand. Letter case counts within a piece only.
#[derive(Debug)]
pub(super) struct Prefilter {
    pieces: AhoCorasick,
    /// For each piece, what surrounds it in each text that has it.
    uses: Vec<Vec<Use>>,
}

/// What stands before and after a piece in one text, without white space and in lower case.
#[derive(Debug)]
struct Use {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Prefilter {
    /// Chooses as few pieces as possible, so that each text has at least one; none of them stands in `stop_words`.
    ///
    /// # Errors
    /// When the automaton grows too large.
    pub(super) fn new(texts: &BTreeSet<String>, stop_words: &[String]) -> Result<Self, String> {
        let mut chosen = choose(texts, stop_words);
        // Of two pieces that begin alike, the search finds the first: the shorter, which stands in all texts of the longer.
        chosen.sort_by_key(String::len);
        let uses = chosen.iter().map(|piece| texts.iter().flat_map(|text| cut(text, piece)).collect()).collect();
        let pieces = AhoCorasick::builder()
            // Vector instructions serve only this kind of match.
            .match_kind(MatchKind::LeftmostFirst)
            .build(chosen)
            .map_err(|e| e.to_string())?;
        Ok(Self { pieces, uses })
    }

    /// Byte offsets in `block` where a text may stand, ascending.
    pub(super) fn find<'a>(&'a self, block: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let agrees = |at: usize, to: usize, piece: usize| {
            let before = block.get(..at).unwrap_or_default().iter().rev();
            let after = block.get(to..).unwrap_or_default().iter();
            let uses = self.uses.get(piece).map_or(&[][..], Vec::as_slice);
            uses.iter().any(|u| agree(u.before.iter().rev(), before.clone()) && agree(u.after.iter(), after.clone()))
        };
        let mut from = 0;
        // Pieces may overlap: the search for the next one starts one byte after the beginning of this one.
        let found = std::iter::from_fn(move || {
            let found = self.pieces.find(Input::new(block).range(from..))?;
            from = found.start() + 1;
            Some(found)
        });
        found.filter(move |m| agrees(m.start(), m.end(), m.pattern().as_usize())).map(|m| m.start())
    }
}

/// Whether a text and a line agree as far as both go. The rest of the text may stand in the next line.
fn agree<'a>(text: impl Iterator<Item = &'a u8>, line: impl Iterator<Item = &'a u8>) -> bool {
    // Text within JSON has backslashes before its quotes.
    let line = line.take_while(|b| **b != b'\n').filter(|b| !b.is_ascii_whitespace() && **b != b'\\');
    text.filter(|b| **b != b'\\').zip(line).all(|(t, l)| *t == l.to_ascii_lowercase())
}

/// What surrounds a piece at every place where it stands in a text.
fn cut(text: &str, piece: &str) -> Vec<Use> {
    let packed = |part: &str| super::pack::pack(part).to_ascii_lowercase().into_bytes();
    text.match_indices(piece)
        .filter_map(|(at, _)| {
            Some(Use { before: packed(text.get(..at)?), after: packed(text.get(at + piece.len()..)?) })
        })
        .collect()
}

/// Chooses pieces greedily: each time the one that stands in most of the texts that have no piece yet.
fn choose(texts: &BTreeSet<String>, stop_words: &[String]) -> Vec<String> {
    let stop_words: HashSet<&[u8]> = stop_words.iter().flat_map(|line| line.as_bytes().windows(PIECE)).collect();
    let mut owners: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (text, whole) in texts.iter().enumerate() {
        for piece in pieces(whole, &stop_words) {
            owners.entry(piece).or_default().insert(text);
        }
    }
    let mut chosen = Vec::new();
    while let Some((piece, owned)) = owners.iter().max_by_key(|(piece, owned)| (owned.len(), piece.len())) {
        if owned.is_empty() {
            break;
        }
        chosen.push((*piece).to_owned());
        let served = owned.clone();
        owners.values_mut().for_each(|owned| owned.retain(|text| !served.contains(text)));
    }
    chosen
}

/// The pieces of a text's words that stand in no stop word. Where a text has none, pieces across words; then any piece.
fn pieces<'a>(text: &'a str, stop_words: &HashSet<&[u8]>) -> Vec<&'a str> {
    let rare = |piece: &&str| !stop_words.contains(piece.to_ascii_lowercase().as_bytes());
    let across: Vec<&str> = windows(text).collect();
    let choices = [
        text.split_whitespace().flat_map(windows).filter(rare).collect(),
        across.iter().copied().filter(rare).collect(),
        across,
        vec![text],
    ];
    choices.into_iter().find(|choice: &Vec<&str>| !choice.is_empty()).unwrap_or_default()
}

/// All pieces of a word. A capital at its beginning is left out, because letter case counts within a piece.
fn windows(word: &str) -> impl Iterator<Item = &str> {
    let capital = word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase());
    (usize::from(capital)..(word.len() + 1).saturating_sub(PIECE)).filter_map(|at| word.get(at..at + PIECE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefilter(texts: &[&str]) -> Prefilter {
        Prefilter::new(&texts.iter().map(|t| (*t).to_owned()).collect(), &["localstack".to_owned()]).expect("builds")
    }

    fn points(prefilter: &Prefilter, block: &str) -> bool {
        prefilter.find(block.as_bytes()).next().is_some()
    }

    #[test]
    fn a_text_is_pointed_at_however_it_is_wrapped() {
        let prefilter = prefilter(&["No credentials were found in the environment"]);
        for line in [
            "Reason: No credentials were found in the environment. Please",
            "reason: no credentials  were\tfound in the environment",
            "No credentials were\nfound in the environment",
            "No cred\nentials were fo\nund in the environment",
        ] {
            assert!(points(&prefilter, line), "{line}");
        }
        for line in ["No credentials are needed", "these credentials were found", "AWS s3.ListBuckets => 200"] {
            assert!(!points(&prefilter, line), "{line}");
        }
    }

    #[test]
    fn text_within_json_is_pointed_at() {
        assert!(points(&prefilter(&["invalid \"plan\" here"]), r#"{"log":"an invalid \"plan\" here\n"}"#));
    }

    #[test]
    fn related_words_share_a_piece() {
        let texts = ["the License is gone", "no license here", "relicensed again", "unlicensed"];
        assert_eq!(choose(&texts.iter().map(|t| (*t).to_owned()).collect(), &[]).len(), 1);
    }

    #[test]
    fn a_text_of_usual_or_short_words_is_found_too() {
        for text in ["code 55", "localstack", "ERROR ---", "Ready.", "é"] {
            assert!(points(&prefilter(&[text]), text), "{text}");
        }
    }
}
