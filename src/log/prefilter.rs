//! A quick first look over raw bytes: where may one of many texts stand? A few short pieces, each within a word and together
//! in every text, are searched at once; what surrounds a piece is compared. Wrapped text is found unless a piece itself is cut.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Bytes of a piece. More are rarer, but fewer are shared by related words, and it is the number of pieces that costs time.
const PIECE: usize = 4;

/// Places where a text may stand, however it is wrapped; letter case counts within a word only.
#[derive(Debug)]
pub(super) struct Anchors {
    pieces: AhoCorasick,
    /// For each piece, where it stands in which text.
    uses: Vec<Vec<Use>>,
}

/// A text without white space, in lower case, cut where a piece begins and where it ends.
#[derive(Debug)]
struct Use {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Anchors {
    /// Chooses the fewest pieces that stand in all texts, none of them in what is said all day long.
    ///
    /// # Errors
    /// When the automaton grows too large.
    pub(super) fn new(texts: &BTreeSet<String>, usual: &[String]) -> Result<Self, String> {
        let mut chosen = choose(texts, usual);
        // Of two that begin alike, the first is found: the shorter stands in all texts of the longer.
        chosen.sort_by_key(String::len);
        let uses = chosen.iter().map(|piece| texts.iter().flat_map(|text| cut(text, piece)).collect()).collect();
        let pieces = AhoCorasick::builder()
            // Only this kind is searched by vector instructions.
            .match_kind(MatchKind::LeftmostFirst)
            .build(chosen)
            .map_err(|e| e.to_string())?;
        Ok(Self { pieces, uses })
    }

    /// Offsets where a text may stand, ascending.
    pub(super) fn find<'a>(&'a self, block: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let agrees = |at: usize, to: usize, piece: usize| {
            let before = block.get(..at).unwrap_or_default().iter().rev();
            let after = block.get(to..).unwrap_or_default().iter();
            let uses = self.uses.get(piece).map_or(&[][..], Vec::as_slice);
            uses.iter().any(|u| agree(u.before.iter().rev(), before.clone()) && agree(u.after.iter(), after.clone()))
        };
        let mut from = 0;
        // Pieces may overlap: the next is looked for just behind where this one begins.
        let found = std::iter::from_fn(move || {
            let found = self.pieces.find(Input::new(block).range(from..))?;
            from = found.start() + 1;
            Some(found)
        });
        found.filter(move |m| agrees(m.start(), m.end(), m.pattern().as_usize())).map(|m| m.start())
    }
}

/// Whether a text goes on as the line does, as far as both go: the rest may be wrapped.
fn agree<'a>(text: impl Iterator<Item = &'a u8>, line: impl Iterator<Item = &'a u8>) -> bool {
    // Text within JSON has backslashes before its quotes.
    let line = line.take_while(|b| **b != b'\n').filter(|b| !b.is_ascii_whitespace() && **b != b'\\');
    text.filter(|b| **b != b'\\').zip(line).all(|(t, l)| *t == l.to_ascii_lowercase())
}

/// Every place of a piece in a text.
fn cut(text: &str, piece: &str) -> Vec<Use> {
    let packed = |part: &str| super::pack::pack(part).to_ascii_lowercase().into_bytes();
    text.match_indices(piece)
        .filter_map(|(at, _)| {
            Some(Use { before: packed(text.get(..at)?), after: packed(text.get(at + piece.len()..)?) })
        })
        .collect()
}

/// The fewest pieces, greedily: again and again the one that stands in most of the texts that have none yet.
fn choose(texts: &BTreeSet<String>, usual: &[String]) -> Vec<String> {
    let usual: HashSet<&[u8]> = usual.iter().flat_map(|line| line.as_bytes().windows(PIECE)).collect();
    let mut owners: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (text, whole) in texts.iter().enumerate() {
        for piece in pieces(whole, &usual) {
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

/// The pieces of a text's words, but of what is usual; where nothing else is left, pieces across words, or any.
fn pieces<'a>(text: &'a str, usual: &HashSet<&[u8]>) -> Vec<&'a str> {
    let rare = |piece: &&str| !usual.contains(piece.to_ascii_lowercase().as_bytes());
    let across: Vec<&str> = windows(text).collect();
    let choices = [
        text.split_whitespace().flat_map(windows).filter(rare).collect(),
        across.iter().copied().filter(rare).collect(),
        across,
        vec![text],
    ];
    choices.into_iter().find(|choice: &Vec<&str>| !choice.is_empty()).unwrap_or_default()
}

/// What stands in a word, however it begins: a capital at a sentence's beginning is left out.
fn windows(word: &str) -> impl Iterator<Item = &str> {
    let capital = word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase());
    (usize::from(capital)..(word.len() + 1).saturating_sub(PIECE)).filter_map(|at| word.get(at..at + PIECE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchors(texts: &[&str]) -> Anchors {
        Anchors::new(&texts.iter().map(|t| (*t).to_owned()).collect(), &["localstack".to_owned()]).expect("builds")
    }

    fn points(anchors: &Anchors, block: &str) -> bool {
        anchors.find(block.as_bytes()).next().is_some()
    }

    #[test]
    fn a_text_is_pointed_at_however_it_is_wrapped() {
        let anchors = anchors(&["No credentials were found in the environment"]);
        for line in [
            "Reason: No credentials were found in the environment. Please",
            "reason: no credentials  were\tfound in the environment",
            "No credentials were\nfound in the environment",
            "No cred\nentials were fo\nund in the environment",
        ] {
            assert!(points(&anchors, line), "{line}");
        }
        for line in ["No credentials are needed", "these credentials were found", "AWS s3.ListBuckets => 200"] {
            assert!(!points(&anchors, line), "{line}");
        }
    }

    #[test]
    fn text_within_json_is_pointed_at() {
        assert!(points(&anchors(&["invalid \"plan\" here"]), r#"{"log":"an invalid \"plan\" here\n"}"#));
    }

    #[test]
    fn related_words_share_a_piece() {
        let texts = ["the License is gone", "no license here", "relicensed again", "unlicensed"];
        assert_eq!(choose(&texts.iter().map(|t| (*t).to_owned()).collect(), &[]).len(), 1);
    }

    #[test]
    fn a_text_of_usual_or_short_words_is_found_too() {
        for text in ["code 55", "localstack", "ERROR ---", "Ready.", "é"] {
            assert!(points(&anchors(&[text]), text), "{text}");
        }
    }
}
