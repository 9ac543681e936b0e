//! Compose's interpolation of `$NAME` and `${NAME...}` in one text, and showing such a text without what is secret in it.
//! The caller says where variables are looked up.

use crate::observations::Flaw;
use crate::scrub::Scrubber;
use crate::scrub::token::{mask, token_shape};

/// How deep references may stand in the defaults of references; two is the most that people write.
const DEEPEST: usize = 8;
/// An expanded text longer than this is refused: references to long variables multiply.
const LONGEST: usize = 64 << 10;

/// A text with references to variables, read apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable { name: String, braced: bool, test: Option<Test> },
}

/// What stands after the name, such as `:-default`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Test {
    sign: Sign,
    /// A colon: an empty variable counts as one that is not set.
    colon: bool,
    operand: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Default,
    Required,
    Alternative,
}

impl Sign {
    const ALL: [(char, Self); 3] = [('-', Self::Default), ('?', Self::Required), ('+', Self::Alternative)];

    fn of(c: char) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(sign, kind)| (sign == c).then_some(kind))
    }

    fn character(self) -> char {
        Self::ALL.into_iter().find_map(|(sign, kind)| (kind == self).then_some(sign)).unwrap_or('-')
    }
}

/// Why a text comes to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `${`, `$` and the like that compose does not accept.
    Malformed,
    /// A variable that must be set is not, with the text the file gives for it.
    Required {
        /// The variable.
        name: String,
        /// The file's own words.
        message: String,
    },
    /// The result is longer than `LONGEST`.
    TooLong,
}

/// Where variables are looked up.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Option<String> + Send + Sync + 'a;

impl Template {
    /// Reads a text apart.
    ///
    /// # Errors
    /// When compose would not accept it.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        Reader { rest: text }.pieces(0).map(Self)
    }

    /// The text with its variables filled in.
    ///
    /// # Errors
    /// When a required variable is missing, or the text grows too long.
    pub(crate) fn expand(&self, lookup: &Lookup<'_>) -> Result<String, Refusal> {
        let mut out = String::new();
        expand(&self.0, lookup, &mut out)?;
        Ok(out)
    }

    /// The text as it is written, with every literal part masked.
    pub(crate) fn masked(&self, scrubber: &Scrubber) -> String {
        let mut out = String::new();
        show(&self.0, scrubber, &mut out);
        out
    }

    /// Whether it refers to no variable at all.
    pub(crate) fn is_literal(&self) -> bool {
        self.0.iter().all(|p| matches!(p, Piece::Text(_)))
    }

    /// The literal parts that can end up in the value: texts, defaults and alternatives.
    pub(crate) fn literals(&self) -> Vec<&str> {
        let mut found = Vec::new();
        literals(&self.0, &mut found);
        found
    }

    /// Whether nothing, or only blanks, is left when no variable is set.
    pub(crate) fn is_blank_alone(&self) -> bool {
        self.expand(&|_| None).is_ok_and(|text| token_shape(&text).is_blank())
    }
}

/// The parts of a credential's text that must be hidden wherever else they appear: its literal parts, and nothing of its
/// references. The caller teaches them to the scrubber.
///
/// `${LOCALSTACK_API_KEY:-abc-key}` gives `abc-key`, `ls-...` gives itself, and `${LOCALSTACK_API_KEY}` gives nothing.
pub(crate) fn secrets_in(text: &str) -> Vec<String> {
    let parts = match Template::parse(text) {
        Ok(template) if !template.is_literal() => template.literals().into_iter().map(str::to_owned).collect(),
        _ => vec![text.to_owned()],
    };
    parts.into_iter().filter(|part| !is_public(part)).collect()
}

/// Whether a literal part of a credential is a secret in clear, and no placeholder, reference or `test`.
pub(crate) fn is_clear_secret(text: &str) -> bool {
    const HARMLESS: [Flaw; 3] = [Flaw::Placeholder, Flaw::TestLiteral, Flaw::Unexpanded];
    let shape = token_shape(text);
    !shape.is_blank() && !is_public(text) && !shape.flaws().iter().any(|f| HARMLESS.contains(f))
}

/// LocalStack's own name is no secret, although people put it there: hiding it would blacken every log.
fn is_public(text: &str) -> bool {
    let lower = text.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    lower.starts_with("localstack") && !lower.bytes().any(|b| b.is_ascii_digit())
}

fn expand(pieces: &[Piece], lookup: &Lookup<'_>, out: &mut String) -> Result<(), Refusal> {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Variable { name, test: None, .. } => out.push_str(&lookup(name).unwrap_or_default()),
            Piece::Variable { name, test: Some(test), .. } => {
                let value = lookup(name).filter(|v| !(test.colon && v.is_empty()));
                match (test.sign, value) {
                    (Sign::Default | Sign::Required, Some(value)) => out.push_str(&value),
                    (Sign::Default, None) | (Sign::Alternative, Some(_)) => expand(&test.operand, lookup, out)?,
                    (Sign::Alternative, None) => {}
                    (Sign::Required, None) => {
                        let mut message = String::new();
                        expand(&test.operand, lookup, &mut message)?;
                        return Err(Refusal::Required { name: name.clone(), message });
                    }
                }
            }
        }
        if out.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
    }
    Ok(())
}

fn show(pieces: &[Piece], scrubber: &Scrubber, out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(text) if text.trim().is_empty() => out.push_str(&scrubber.text(text)),
            Piece::Text(text) => out.push_str(&mask(text)),
            Piece::Variable { name, braced: false, .. } => out.extend(["$", name]),
            Piece::Variable { name, test: None, .. } => out.extend(["${", name, "}"]),
            Piece::Variable { name, test: Some(test), .. } => {
                out.extend(["${", name]);
                out.extend(test.colon.then_some(':'));
                out.push(test.sign.character());
                match (test.sign, test.operand.as_slice()) {
                    (Sign::Required, [Piece::Text(message)]) => out.push_str(&scrubber.text(message)),
                    (_, operand) => show(operand, scrubber, out),
                }
                out.push('}');
            }
        }
    }
}

fn literals<'a>(pieces: &'a [Piece], found: &mut Vec<&'a str>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => found.push(text),
            Piece::Variable { test: Some(test), .. } if test.sign != Sign::Required => literals(&test.operand, found),
            Piece::Variable { .. } => {}
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, c: char) -> bool {
        self.rest.strip_prefix(c).map(|rest| self.rest = rest).is_some()
    }

    /// The pieces up to the end, or up to the closing brace when this is an operand.
    fn pieces(&mut self, depth: usize) -> Result<Vec<Piece>, Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::TooLong);
        }
        let (mut pieces, mut text) = (Vec::new(), String::new());
        while let Some(c) = self.rest.chars().next() {
            if c == '}' && depth > 0 {
                break;
            }
            self.eat(c);
            if c != '$' || self.eat('$') {
                text.push(c);
                continue;
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(self.variable(depth)?);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(pieces)
    }

    fn variable(&mut self, depth: usize) -> Result<Piece, Refusal> {
        let braced = self.eat('{');
        let name = self.name()?;
        if !braced || self.eat('}') {
            return Ok(Piece::Variable { name, braced, test: None });
        }
        let colon = self.eat(':');
        let sign = self.rest.chars().next();
        let sign = sign.and_then(Sign::of).ok_or(Refusal::Malformed)?;
        self.eat(sign.character());
        let operand = self.pieces(depth + 1)?;
        if !self.eat('}') {
            return Err(Refusal::Malformed);
        }
        Ok(Piece::Variable { name, braced, test: Some(Test { sign, colon, operand }) })
    }

    fn name(&mut self) -> Result<String, Refusal> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end).ok_or(Refusal::Malformed)?;
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Refusal::Malformed);
        }
        self.rest = rest;
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ls-FAKEfake-fake-fake-fake-notareal9e7c";

    fn lookup(name: &str) -> Option<String> {
        match name {
            "SET" => Some("v".into()),
            "EMPTY" => Some(String::new()),
            "LONG" => Some("x".repeat(40_000)),
            _ => None,
        }
    }

    fn expanded(text: &str) -> Result<String, Refusal> {
        Template::parse(text)?.expand(&lookup)
    }

    #[test]
    fn every_form_comes_to_what_compose_makes_of_it() {
        let cases = [
            ("plain", "plain"),
            ("$$SET", "$SET"),
            ("$SET", "v"),
            ("a${SET}b", "avb"),
            ("$SET-x", "v-x"),
            ("$UNSET", ""),
            ("${SET:-d}${EMPTY:-d}${UNSET:-d}", "vdd"),
            ("${SET-d}${EMPTY-d}${UNSET-d}", "vd"),
            ("${UNSET- }", " "),
            ("${SET:+r}${EMPTY:+r}${UNSET:+r}", "r"),
            ("${SET+r}${EMPTY+r}${UNSET+r}", "rr"),
            ("${UNSET:-${EMPTY:-${SET}}}", "v"),
            ("${UNSET:-a$$b}", "a$b"),
            ("${SET:?m}${EMPTY?m}", "v"),
            ("${UNSET:-}", ""),
            ("}", "}"),
        ];
        for (text, value) in cases {
            assert_eq!(expanded(text).as_deref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_is_refused() {
        for text in ["${", "${}", "${A", "${A:-x", "${A:x}", "$", "$ ", "$1", "${A/b/c}", "${1A}"] {
            assert_eq!(expanded(text), Err(Refusal::Malformed), "{text}");
        }
        let required = |message: &str| Err(Refusal::Required { name: "UNSET".into(), message: message.into() });
        assert_eq!(expanded("${UNSET:?set it ${SET}}"), required("set it v"));
        assert_eq!(expanded("${UNSET?}"), required(""));
        assert_eq!(expanded("${LONG}${LONG}"), Err(Refusal::TooLong));
        assert_eq!(expanded(&"${A:-".repeat(1000)), Err(Refusal::TooLong));
    }

    #[test]
    fn references_are_shown_and_literals_are_not() {
        let scrubber = Scrubber::new();
        let cases = [
            ("${LOCALSTACK_AUTH_TOKEN:-}", "${LOCALSTACK_AUTH_TOKEN:-}".to_owned()),
            ("${LOCALSTACK_AUTH_TOKEN- }", "${LOCALSTACK_AUTH_TOKEN- }".to_owned()),
            ("$LOCALSTACK_AUTH_TOKEN", "$LOCALSTACK_AUTH_TOKEN".to_owned()),
            ("${A:?set it first}", "${A:?set it first}".to_owned()),
            (TOKEN, "ls-...9e7c".to_owned()),
            (&format!("${{A:-{TOKEN}}}"), "${A:-ls-...9e7c}".to_owned()),
            (&format!("${{A:?{TOKEN}}}"), "${A:?ls-...9e7c}".to_owned()),
            ("secret-key", "...(10 characters)".to_owned()),
            ("${A:-${B-secret-key}}", "${A:-${B-...(10 characters)}}".to_owned()),
        ];
        for (text, shown) in cases {
            assert_eq!(Template::parse(text).unwrap().masked(&scrubber), shown);
        }
    }

    #[test]
    fn literal_parts_are_learnt_and_references_are_not() {
        let scrubber = Scrubber::new();
        for text in ["${LOCALSTACK_API_KEY}", "${LOCALSTACK_API_KEY:-marked-key}", "localstack", "${A:?marked-not}"] {
            secrets_in(text).iter().for_each(|secret| scrubber.learn_secret(secret));
        }
        assert_eq!(scrubber.text("localstack x marked-key y marked-not z"), "localstack x *** y marked-not z");
    }

    #[test]
    fn a_form_that_can_come_out_blank_is_told_from_one_that_cannot() {
        for text in ["", " ", "\"\"", "$A", "${A}", "${A:-}", "${A- }", "${A:+x}"] {
            assert!(Template::parse(text).unwrap().is_blank_alone(), "{text:?}");
        }
        for text in ["x", "${A:?m}", "${A:-x}"] {
            assert!(!Template::parse(text).unwrap().is_blank_alone(), "{text:?}");
        }
    }
}
