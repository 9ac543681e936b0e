//! Placeholders: fills the templates of the catalogue, such as `docker logs {container}`, with the values of a case.
//! Which template is used is the catalogue's choice; which values there are is decided in `values`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::diagnosis::answer::{Evidence, Remedy};
use crate::diagnosis::catalogue::RemedyTemplate;
use crate::diagnosis::lexicon::Lexicon;
use crate::observations::DEFAULT_ENDPOINT;

/// The value of a placeholder in a remedy where the case has none.
const DEFAULTS: [(&str, &str); 11] = [
    ("container", "localstack-main"),
    ("service", "localstack"),
    ("image", "localstack/localstack-pro"),
    ("endpoint", DEFAULT_ENDPOINT),
    ("port", "4566"),
    ("license_host", "api.localstack.cloud"),
    ("api", "https://api.localstack.cloud/v1"),
    ("compose_file", "compose.yaml"),
    ("cache_path", "/var/lib/localstack/cache/license.json"),
    ("version", "latest"),
    ("workload", "deployment/localstack"),
];

/// Placeholders that are several words of a command: each word is quoted where the value is put together.
const QUOTED: [&str; 2] = ["compose_files", "workload"];

/// The values of a case's placeholders.
#[derive(Debug, Default)]
pub(crate) struct Placeholders<'a> {
    values: BTreeMap<String, String>,
    /// Quoted lines, and the patterns that take words out of them: read when a template needs one.
    quoted: Option<(&'a Lexicon, &'a [Evidence])>,
}

impl<'a> Placeholders<'a> {
    /// Placeholders that so far only have the values that stand in the evidence.
    pub(crate) const fn of(lexicon: &'a Lexicon, evidence: &'a [Evidence]) -> Self {
        Self { values: BTreeMap::new(), quoted: Some((lexicon, evidence)) }
    }

    /// Whether a value was set; words of the evidence do not count.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value of a placeholder: what a line of the evidence says comes before what was seen elsewhere.
    pub(crate) fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let capture = |(lexicon, evidence): (&Lexicon, &'a [Evidence])| {
            evidence.iter().find_map(|e| lexicon.capture(name, &e.text)).filter(|value| !value.is_empty())
        };
        let seen = || self.values.get(name).map(|value| Cow::Borrowed(value.as_str()));
        self.quoted.and_then(capture).map(Cow::Owned).or_else(seen)
    }

    /// Sets a value; an empty one counts as not known.
    pub(crate) fn put(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// Fills the first sentence whose placeholders all have values. Where there is none, the last one is used, with defaults or
    /// as it stands.
    pub(crate) fn sentence(&self, sentences: &[String]) -> String {
        sentences
            .iter()
            .find_map(|s| self.fill(s, false))
            .or_else(|| sentences.last().and_then(|s| self.fill(s, true)))
            .or_else(|| sentences.last().cloned())
            .unwrap_or_default()
    }

    /// Fills a template such as `docker logs {container}`; `None` when a placeholder has neither a value nor, with `defaults`,
    /// a default. `${VARIABLE}` and `{{.Format}}` stay as they are.
    pub(crate) fn fill(&self, template: &str, defaults: bool) -> Option<String> {
        self.fill_with(template, defaults, false)
    }

    /// Fills a template as [`Self::fill`] does; with `typed`, each value becomes one word of the shell, whatever it holds.
    fn fill_with(&self, template: &str, defaults: bool, typed: bool) -> Option<String> {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, tail) = rest.split_at(open);
            out.push_str(before);
            let name = tail.get(1..).and_then(|t| t.split_once('}')).map(|(n, _)| n).filter(|n| is_name(n));
            // `${VARIABLE}` and `{{ }}` are the shell's and Go's.
            let literal = out.ends_with(['$', '{']);
            match name {
                Some(name) if !literal => {
                    let default = || DEFAULTS.iter().find(|(n, _)| defaults && *n == name).map(|(_, v)| (*v).into());
                    let value = self.value(name).or_else(default)?;
                    let quotes = typed && !QUOTED.contains(&name);
                    out.push_str(&if quotes { for_shell(&value).into() } else { value });
                    rest = tail.get(name.len() + 2..).unwrap_or_default();
                }
                _ => {
                    out.push('{');
                    rest = tail.get(1..).unwrap_or_default();
                }
            }
        }
        out.push_str(rest);
        Some(out)
    }

    /// Fills every part of a remedy; `None` when a placeholder has neither a value nor a default.
    pub(crate) fn remedy(&self, template: &RemedyTemplate) -> Option<Remedy> {
        let fill = |part: &Option<String>, typed: bool| match part {
            Some(part) => self.fill_with(part, true, typed).map(Some),
            None => Some(None),
        };
        Some(Remedy {
            text: self.fill(&template.text, true)?,
            // What goes into a file is no line to type.
            command: fill(&template.command, template.file.is_none())?,
            file: fill(&template.file, false)?,
            url: fill(&template.url, false)?,
        })
    }
}

impl RemedyTemplate {
    /// The remedy for `explain`, without a case: defaults take the place of values. `None` where only a case can fill it.
    pub fn general(&self) -> Option<Remedy> {
        Placeholders::default().remedy(self)
    }
}

/// Quotes a value so that a shell reads it as one word; plain values stay as they are.
pub(crate) fn for_shell(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_placeholders_are_filled() {
        let mut words = Placeholders::default();
        words.put("container", "ls");
        assert_eq!(words.fill("docker logs {container}", false).as_deref(), Some("docker logs ls"));
        assert_eq!(words.fill("x {issuer}", true), None);
        assert_eq!(words.fill("{service}", true).as_deref(), Some("localstack"));
        assert_eq!(words.fill("{service}", false), None);
        let shell = "echo ${VAR} ${{ secrets.X }} '{{.Config.Env}}{{end}}' {} {A}";
        assert_eq!(words.fill(shell, false).as_deref(), Some(shell));
        assert_eq!(words.sentence(&["a {issuer}".into(), "b {container}".into()]), "b ls");
    }

    #[test]
    fn what_is_filled_into_a_line_to_type_stays_one_word() {
        let mut words = Placeholders::default();
        words.put("service", "x; touch 'y' #");
        words.put("compose_files", "-f 'a b.yaml'");
        let command = Some("docker compose {compose_files} up {service} {image}".to_owned());
        let filled = |file| words.remedy(&RemedyTemplate { command: command.clone(), file, ..Default::default() });
        let typed = "docker compose -f 'a b.yaml' up 'x; touch '\\''y'\\'' #' localstack/localstack-pro";
        assert_eq!(filled(None).unwrap().command.as_deref(), Some(typed));
        assert!(filled(Some("compose.yaml".into())).unwrap().command.unwrap().contains("up x; touch 'y' #"));
    }
}
